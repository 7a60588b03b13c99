import { createHash, X509Certificate, type KeyObject } from 'node:crypto';
import * as der from './der.ts';
import { privateKeyPem, signatureAlgorithm, signBytes, systemKeys, type KeyPair, type KeySource } from './keys.ts';
import { encodeAlternativeNames, encodeSubject, readSubject, type AlternativeNames, type Subject } from './names.ts';

/** A certificate with its key, both in PEM. */
export interface Credentials {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface Authority extends Credentials {
  readonly keys: KeyPair;
  readonly certificate: X509Certificate;
  /** Whence the keys and the numbers of the certificates that it issues; default: the system. */
  readonly source?: KeySource;
}

export type Usage = 'server auth' | 'client auth';

export interface CertificateOptions {
  readonly subject: Subject;
  readonly publicKey: KeyObject;
  readonly issuer: { readonly subject: Uint8Array; readonly key: KeyObject; readonly keyId: Uint8Array };
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly isAuthority?: boolean;
  readonly usages?: readonly Usage[];
  readonly names?: AlternativeNames;
  /** Default: digitalSignature, and for RSA keys keyEncipherment; an authority also signs certificates. */
  readonly keyUsages?: readonly KeyUsage[];
  /** Numbers it; default: the system. */
  readonly source?: KeySource;
}

export type KeyUsage = 'digital signature' | 'key encipherment' | 'cert sign';

const OID = {
  basicConstraints: '2.5.29.19', keyUsage: '2.5.29.15', extendedKeyUsage: '2.5.29.37', subjectAlternativeName: '2.5.29.17',
  subjectKeyId: '2.5.29.14', authorityKeyId: '2.5.29.35', serverAuth: '1.3.6.1.5.5.7.3.1', clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;
const KEY_USAGE_BITS: Readonly<Record<KeyUsage, number>> = { 'digital signature': 0x80, 'key encipherment': 0x20, 'cert sign': 0x04 };

/** An X.509 v3 certificate (RFC 5280) in PEM, signed by `issuer`. */
export function makeCertificate(options: CertificateOptions): string {
  const algorithm = algorithmIdentifier(options.issuer.key);
  const serial = Buffer.from((options.source ?? systemKeys).serial());
  serial[0] = (serial[0] ?? 0) & 0x7f;
  const body = der.sequence(
    der.tagged(0, der.unsigned(Buffer.from([2]))),
    der.unsigned(serial),
    algorithm,
    Buffer.from(options.issuer.subject),
    der.sequence(der.time(options.notBefore), der.time(options.notAfter)),
    encodeSubject(options.subject),
    publicKeyInfo(options.publicKey),
    der.tagged(3, der.sequence(...extensions(options))),
  );
  return der.toPem('CERTIFICATE', der.sequence(body, algorithm, der.bits(signBytes(body, options.issuer.key))));
}

export function algorithmIdentifier(key: KeyObject): Buffer {
  const { oid, hasNullParameters } = signatureAlgorithm(key);
  return der.sequence(der.oid(oid), ...(hasNullParameters ? [der.encode(der.TAG.null)] : []));
}

export function publicKeyInfo(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

/** SHA-1 of the key's bits: names a key, protects nothing (RFC 5280, 4.2.1.2). */
function keyIdOf(key: KeyObject): Buffer {
  const [, keyBits] = der.elements(der.single(publicKeyInfo(key), der.TAG.sequence).content);
  return createHash('sha1').update(keyBits?.content.subarray(1) ?? '').digest();
}

function extension(oid: string, value: Buffer, isCritical = false): Buffer {
  return der.sequence(der.oid(oid), ...(isCritical ? [der.boolean(true)] : []), der.octets(value));
}

function extensions(options: CertificateOptions): Buffer[] {
  const { usages = [], names, isAuthority = false } = options;
  const defaults: KeyUsage[] = ['digital signature'];
  if (options.publicKey.asymmetricKeyType === 'rsa') defaults.push('key encipherment');
  if (isAuthority) defaults.push('cert sign');
  const keyUsage = (options.keyUsages ?? defaults).reduce((sum, usage) => sum | KEY_USAGE_BITS[usage], 0);
  const unused = keyUsage === 0 ? 0 : Math.clz32(keyUsage & -keyUsage) ^ 31;
  const list = [
    extension(OID.keyUsage, der.bits(Buffer.from([keyUsage]), unused), true),
    extension(OID.basicConstraints, isAuthority ? der.sequence(der.boolean(true)) : der.sequence(), true),
    extension(OID.subjectKeyId, der.octets(keyIdOf(options.publicKey))),
    extension(OID.authorityKeyId, der.sequence(der.encode(0x80, options.issuer.keyId))),
  ];
  if (usages.length > 0) {
    const purposes = usages.map((usage) => der.oid(usage === 'server auth' ? OID.serverAuth : OID.clientAuth));
    list.push(extension(OID.extendedKeyUsage, der.sequence(...purposes)));
  }
  if (names && names.dnsNames.length + names.ipAddresses.length > 0) list.push(extension(OID.subjectAlternativeName, encodeAlternativeNames(names)));
  return list;
}

/** A new certificate authority that signs itself. */
export function newAuthority(options: { commonName: string; notBefore: number; notAfter: number; source?: KeySource }): Authority {
  const { source } = options;
  const keys = (source ?? systemKeys).newKeyPair();
  const subject: Subject = { commonName: options.commonName };
  const certificatePem = makeCertificate({
    subject,
    publicKey: keys.publicKey,
    issuer: { subject: encodeSubject(subject), key: keys.privateKey, keyId: keyIdOf(keys.publicKey) },
    notBefore: options.notBefore,
    notAfter: options.notAfter,
    isAuthority: true,
    names: { dnsNames: [options.commonName], ipAddresses: [] },
    ...(source && { source }),
  });
  return { certificatePem, keyPem: privateKeyPem(keys.privateKey), keys, certificate: new X509Certificate(certificatePem), ...(source && { source }) };
}

/** The authority of stored credentials. Throws when the certificate and the key do not belong together. */
export function readAuthority(credentials: Credentials, keys: KeyPair): Authority {
  const certificate = new X509Certificate(credentials.certificatePem);
  if (!certificate.checkPrivateKey(keys.privateKey)) throw new RangeError('the certificate authority has another key than the one given');
  return { ...credentials, keys, certificate };
}

export type IssueOptions = Omit<CertificateOptions, 'issuer' | 'isAuthority'>;

/** Signs a certificate for a key of somebody else. */
export function signCertificate(authority: Authority, options: IssueOptions): string {
  const issuer = { subject: certificateSubject(authority.certificate), key: authority.keys.privateKey, keyId: keyIdOf(authority.keys.publicKey) };
  return makeCertificate({ ...(authority.source && { source: authority.source }), ...options, issuer });
}

/** A new key with a certificate of `authority` for it. */
export function issueCredentials(authority: Authority, options: Omit<IssueOptions, 'publicKey'>): Credentials {
  const keys = (authority.source ?? systemKeys).newKeyPair();
  return { certificatePem: signCertificate(authority, { ...options, publicKey: keys.publicKey }), keyPem: privateKeyPem(keys.privateKey) };
}

/** The Name of the subject as it stands in the certificate: what its children name as issuer, byte for byte. */
function certificateSubject(certificate: X509Certificate): Buffer {
  const [body] = der.elements(der.single(certificate.raw, der.TAG.sequence).content);
  if (!body) throw new RangeError('not a certificate');
  const fields = der.elements(body.content);
  const subject = fields[fields[0]?.tag === 0xa0 ? 5 : 4];
  if (!subject) throw new RangeError('not a certificate');
  return subject.whole;
}

/** Who the certificate says its holder is: the user (CN) and its groups (O). */
export function subjectOf(certificate: X509Certificate): Required<Subject> {
  return readSubject(der.single(certificateSubject(certificate), der.TAG.sequence).content);
}
