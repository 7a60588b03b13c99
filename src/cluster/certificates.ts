import { createHash, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { issueCredentials, newAuthority, privateKeyPem, readAuthority, readKeyPair, systemKeys, type AlternativeNames, type Authority, type Credentials, type KeyPair, type KeySource, type Subject, type Usage } from '../pki/index.ts';
import { readIfExists, writeFileDurably, writeFileDurablyAside } from './files.ts';

const DAY_MS = 86_400_000;
const AUTHORITY_LIFE_MS = 3650 * DAY_MS;
const CERTIFICATE_LIFE_MS = 365 * DAY_MS;
/** Certificates are made anew at the start of a server once less than this is left of them. */
const RENEW_BEFORE_MS = 90 * DAY_MS;
/** Clocks of other machines may be behind. */
const BACKDATE_MS = 300_000;

/** What a control plane proves itself with, in files under `<data-dir>/pki`, named as kubeadm names them. */
export interface ClusterCertificates {
  readonly authority: Authority;
  /** Certificate and authority in one PEM, so that a joining agent can check the authority against its token. */
  readonly serving: Credentials;
  /** With which the server calls kubelets. */
  readonly kubeletClient: Credentials;
  readonly admin: Credentials;
  readonly frontProxyAuthority: Authority;
  readonly frontProxyClient: Credentials;
  /** Signs service-account tokens. */
  readonly serviceAccountKeys: KeyPair;
}

interface LoadOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly names: AlternativeNames;
}

/** Contents by path, in the order in which they become durable. */
type Files = readonly (readonly [path: string, content: string])[];

interface Making extends Omit<LoadOptions, 'folder'> {
  /** Undefined: nothing is known yet. */
  readonly folder: string | undefined;
  /** Default: the system. */
  readonly source?: KeySource;
  readonly keep: (files: Files) => void;
  /** As `keep`, once all that was to be kept before is durable. */
  readonly keepLast: (files: Files) => void;
}

/** Whoever waits for a server to have made its certificates waits for this file under `<data-dir>/pki`: it is written when all others are there. */
export const LAST_FILE = 'sa.key';

/** Reads the certificates under `folder`; makes those that are missing, about to expire, or do not name `names`. */
export function loadCertificates(options: LoadOptions): ClusterCertificates {
  const keep = (files: Files): void => files.forEach(([path, content]) => writeFileDurably(path, content));
  return makeCertificates({ ...options, keep, keepLast: keep });
}

/** As `loadCertificates`, without waiting for the disk: what was made counts once `written` resolves. */
export function loadCertificatesAside(options: LoadOptions): { readonly certificates: ClusterCertificates; readonly written: Promise<unknown> } {
  const writes: Promise<void>[] = [];
  const inOrder = async (files: Files): Promise<void> => {
    for (const [path, content] of files) await writeFileDurablyAside(path, content);
  };
  const keep = (files: Files): void => void writes.push(inOrder(files));
  const keepLast = (files: Files): void => void writes.push(Promise.all(writes).then(async () => inOrder(files)));
  const certificates = makeCertificates({ ...options, keep, keepLast });
  return { certificates, written: Promise.all(writes) };
}

/** All of them made anew, and kept nowhere. */
export function newCertificates(options: Omit<LoadOptions, 'folder'> & { readonly source: KeySource }): ClusterCertificates {
  return makeCertificates({ ...options, folder: undefined, keep: () => undefined, keepLast: () => undefined });
}

function makeCertificates(making: Making): ClusterCertificates {
  const { names } = making;
  const authority = loadAuthority(making, 'ca', 'kubernetes');
  const frontProxyAuthority = loadAuthority(making, 'front-proxy-ca', 'front-proxy-ca');
  const issue = (name: string, issuer: Authority, wanted: Wanted): Credentials => loadIssued(making, { name, issuer, wanted });
  const serving = issue('apiserver', authority, { subject: { commonName: 'kube-apiserver' }, usages: ['server auth'], names });
  return {
    authority,
    frontProxyAuthority,
    serving: { ...serving, certificatePem: serving.certificatePem + authority.certificatePem },
    kubeletClient: issue('apiserver-kubelet-client', authority, {
      subject: { commonName: 'kube-apiserver-kubelet-client', organizations: ['system:masters'] }, usages: ['client auth'],
    }),
    admin: issue('admin', authority, { subject: { commonName: 'kubernetes-admin', organizations: ['system:masters'] }, usages: ['client auth'] }),
    frontProxyClient: issue('front-proxy-client', frontProxyAuthority, { subject: { commonName: 'front-proxy-client' }, usages: ['client auth'] }),
    serviceAccountKeys: loadKeys(making, LAST_FILE),
  };
}

/** The SHA-256 of the authority's certificate (DER) in base64url: what a join token carries. */
export function authorityHash(certificate: X509Certificate): string {
  return createHash('sha256').update(certificate.raw).digest('base64url');
}

interface Wanted {
  readonly subject: Subject;
  readonly usages: readonly Usage[];
  readonly names?: AlternativeNames;
}

function loadKeys({ folder, source = systemKeys, keepLast }: Making, name: string): KeyPair {
  const path = join(folder ?? '', name);
  const known = folder === undefined ? undefined : readIfExists(path);
  if (known !== undefined) return readKeyPair(known);
  const keys = source.newKeyPair();
  keepLast([[path, privateKeyPem(keys.privateKey)]]);
  return keys;
}

function loadAuthority(making: Making, name: string, commonName: string): Authority {
  const { folder, clock, source } = making;
  const known = readCredentials(folder, name);
  if (known) return readAuthority(known, readKeyPair(known.keyPem));
  const authority = newAuthority({ commonName, notBefore: clock.now() - BACKDATE_MS, notAfter: clock.now() + AUTHORITY_LIFE_MS, ...(source && { source }) });
  keepCredentials(making, name, authority);
  return authority;
}

function loadIssued(making: Making, { name, issuer, wanted }: { name: string; issuer: Authority; wanted: Wanted }): Credentials {
  const { folder, clock } = making;
  const known = readCredentials(folder, name);
  if (known && isGood(new X509Certificate(known.certificatePem), issuer, wanted, clock)) return known;
  const issued = issueCredentials(issuer, { ...wanted, notBefore: clock.now() - BACKDATE_MS, notAfter: clock.now() + CERTIFICATE_LIFE_MS });
  keepCredentials(making, name, issued);
  return issued;
}

function isGood(certificate: X509Certificate, issuer: Authority, wanted: Wanted, clock: Clock): boolean {
  const namesAll =
    (wanted.names?.dnsNames ?? []).every((name) => certificate.checkHost(name) !== undefined) &&
    (wanted.names?.ipAddresses ?? []).every((address) => certificate.checkIP(address) !== undefined);
  return namesAll && certificate.validToDate.getTime() - clock.now() > RENEW_BEFORE_MS && certificate.verify(issuer.keys.publicKey);
}

function readCredentials(folder: string | undefined, name: string): Credentials | undefined {
  if (folder === undefined) return undefined;
  const certificatePem = readIfExists(join(folder, `${name}.crt`));
  const keyPem = readIfExists(join(folder, `${name}.key`));
  return certificatePem !== undefined && keyPem !== undefined ? { certificatePem, keyPem } : undefined;
}

function keepCredentials({ folder, keep }: Making, name: string, credentials: Credentials): void {
  // The key first: a certificate without its key is taken for missing, a key without its certificate too.
  keep([[join(folder ?? '', `${name}.key`), credentials.keyPem], [join(folder ?? '', `${name}.crt`), credentials.certificatePem]]);
}
