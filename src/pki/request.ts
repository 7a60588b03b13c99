import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { algorithmIdentifier, publicKeyInfo } from './certificate.ts';
import * as der from './der.ts';
import { signatureAlgorithm, signBytes, type KeyPair } from './keys.ts';
import { encodeAlternativeNames, encodeSubject, readAlternativeNames, readNameAttributes, readSubject, type AlternativeNames, type ReadAlternativeNames, type Subject } from './names.ts';

const OID_EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
const OID_SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';

/** A PKCS#10 request (RFC 2986) in PEM, as a CertificateSigningRequest carries it. */
export function makeRequest(options: { subject: Subject; keys: KeyPair; names?: AlternativeNames }): string {
  const { subject, keys, names } = options;
  const attributes: Buffer[] = [];
  if (names && names.dnsNames.length + names.ipAddresses.length > 0) {
    const extension = der.sequence(der.oid(OID_SUBJECT_ALTERNATIVE_NAME), der.octets(encodeAlternativeNames(names)));
    attributes.push(der.sequence(der.oid(OID_EXTENSION_REQUEST), der.set(der.sequence(extension))));
  }
  const info = der.sequence(der.unsigned(Buffer.from([0])), encodeSubject(subject), publicKeyInfo(keys.publicKey), der.tagged(0, ...attributes));
  return der.toPem('CERTIFICATE REQUEST', der.sequence(info, algorithmIdentifier(keys.privateKey), der.bits(signBytes(info, keys.privateKey))));
}

export interface CertificateRequest {
  readonly subject: Required<Subject>;
  /** All of the subject, by the identifiers of its attributes: `2.5.4.6` is the country. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
  readonly names: ReadAlternativeNames;
  readonly publicKey: KeyObject;
}

const NO_NAMES: ReadAlternativeNames = { dnsNames: [], ipAddresses: [], emails: [], uris: [] };

/** Reads a request in PEM and checks that it is signed with its own key. Throws RangeError for anything else. */
export function readRequest(pem: string): CertificateRequest {
  const [info, , signature] = der.elements(der.single(der.fromPem('CERTIFICATE REQUEST', pem), der.TAG.sequence).content);
  if (!info || !signature) throw new RangeError('not a certificate request');
  const [, subject, keyInfo, attributes] = der.elements(info.content);
  if (!subject || !keyInfo) throw new RangeError('not a certificate request');
  const publicKey = createPublicKey({ key: keyInfo.whole, format: 'der', type: 'spki' });
  const isSigned = verify(signatureAlgorithm(publicKey).digest, info.whole, publicKey, signature.content.subarray(1));
  if (!isSigned) throw new RangeError('the certificate request is not signed with its own key');
  return { subject: readSubject(subject.content), attributes: readNameAttributes(subject.content), names: attributes ? requestedNames(attributes.content) : NO_NAMES, publicKey };
}

function requestedNames(attributes: Buffer): ReadAlternativeNames {
  for (const attribute of der.elements(attributes)) {
    const [type, values] = der.elements(attribute.content);
    if (!type || !values || der.readOid(type.content) !== OID_EXTENSION_REQUEST) continue;
    for (const list of der.elements(values.content)) {
      for (const extension of der.elements(list.content)) {
        const parts = der.elements(extension.content);
        const name = parts[0];
        const value = parts.at(-1);
        if (name && value && der.readOid(name.content) === OID_SUBJECT_ALTERNATIVE_NAME) return readAlternativeNames(value.content);
      }
    }
  }
  return NO_NAMES;
}
