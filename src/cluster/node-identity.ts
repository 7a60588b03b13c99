import { createPrivateKey, X509Certificate } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CertificateSigningRequest } from '../api/generated/certificates-v1.ts';
import * as refs from '../api/refs.ts';
import { hasReason } from '../apimachinery/status.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { randomSuffix, type Random } from '../base/random.ts';
import { Client } from '../client/client.ts';
import { HttpsTransport, type TlsMaterial } from '../client/https-transport.ts';
import { TransportError } from '../client/transport.ts';
import { makeRequest, newKeyPair, privateKeyPem, type AlternativeNames, type Credentials, type Subject } from '../pki/index.ts';
import { readIfExists, writeFileDurably } from './files.ts';
import { bearerOf, type JoinToken } from './join-token.ts';
import { fetchAuthority } from './trust.ts';

export interface NodeIdentityOptions {
  readonly server: string;
  readonly token: JoinToken | undefined;
  /** Trusted instead of what the token's hash names, in PEM. */
  readonly certificateAuthorityPem?: string;
  readonly nodeName: string;
  /** Holds `ca.crt`, `kubelet-client.crt` and `.key`, `kubelet-serving.crt` and `.key`. */
  readonly folder: string;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const POLL_MS = 50;
const MAX_POLL_MS = 2000;
/** A certificate is renewed when less than this share of its life is left. */
const RENEW_AT_SHARE = 0.3;

/**
 * Who a node is: its client certificate (`system:node:<name>`), asked for once with a bootstrap token and renewed in time, and its serving
 * certificate. Source: "TLS bootstrapping" and "Certificate Rotation" of the kubelet.
 */
export class NodeIdentity {
  readonly #options: NodeIdentityOptions;
  readonly authorityPem: string;
  #client: Credentials;
  #tls: TlsMaterial;

  private constructor(options: NodeIdentityOptions, authorityPem: string, client: Credentials) {
    this.#options = options;
    this.authorityPem = authorityPem;
    this.#client = client;
    this.#tls = tlsOf(authorityPem, client);
  }

  /** Takes what is stored, if it is still good; else joins with the token. Waits until the request is approved and signed. */
  static async obtain(options: NodeIdentityOptions, signal: AbortSignal): Promise<NodeIdentity> {
    const { folder, server, token, clock, logger } = options;
    const known = readCredentials(folder, 'kubelet-client');
    const knownAuthority = readIfExists(join(folder, 'ca.crt'));
    if (known && knownAuthority && remainingMs(known, clock) > 0) return new NodeIdentity(options, knownAuthority, known);
    if (!token) throw new Error('this node has no certificate yet: give it a join token with --token (make one on the server with "kubets token create")');
    const authorityPem = options.certificateAuthorityPem ?? (await fetchAuthority(server, token, signal));
    const transport = new HttpsTransport({ server, tls: () => ({ ca: authorityPem }), token: () => bearerOf(token), userAgent: options.userAgent, clock });
    await using _ = transport;
    logger.info('asking for a client certificate', { node: options.nodeName });
    const subject: Subject = { commonName: `system:node:${options.nodeName}`, organizations: ['system:nodes'] };
    const client = await requestCertificate(new Client({ transport, clock }), options, { signerName: 'kubernetes.io/kube-apiserver-client-kubelet', subject }, signal);
    writeFileDurably(join(folder, 'ca.crt'), authorityPem);
    writeCredentials(folder, 'kubelet-client', client);
    return new NodeIdentity(options, authorityPem, client);
  }

  /** For a transport: gives another object once the certificate was renewed. */
  tls(): TlsMaterial {
    return this.#tls;
  }

  /** What the node serves with, asked for as the node itself; a stored one is taken when it names all `names`. */
  async servingCredentials(client: Client, names: AlternativeNames, signal: AbortSignal): Promise<Credentials> {
    const { folder, clock, nodeName } = this.#options;
    const known = readCredentials(folder, 'kubelet-serving');
    if (known && remainingMs(known, clock) > 0 && namesAll(known, names)) return known;
    const subject: Subject = { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] };
    const serving = await requestCertificate(client, this.#options, { signerName: 'kubernetes.io/kubelet-serving', subject, names }, signal);
    writeCredentials(folder, 'kubelet-serving', serving);
    return serving;
  }

  /** Renews the client certificate whenever the end of its life comes near. Ends by the signal. */
  async keepFresh(client: Client, signal: AbortSignal): Promise<void> {
    const { clock, folder, logger, nodeName } = this.#options;
    for (;;) {
      const { validFromDate, validToDate } = new X509Certificate(this.#client.certificatePem);
      const lifeMs = validToDate.getTime() - validFromDate.getTime();
      await clock.sleep(Math.max(validToDate.getTime() - lifeMs * RENEW_AT_SHARE - clock.now(), 60_000), signal);
      const subject: Subject = { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] };
      this.#client = await requestCertificate(client, this.#options, { signerName: 'kubernetes.io/kube-apiserver-client-kubelet', subject }, signal);
      writeCredentials(folder, 'kubelet-client', this.#client);
      this.#tls = tlsOf(this.authorityPem, this.#client);
      logger.info('renewed the client certificate', { node: nodeName });
    }
  }
}

interface Wanted {
  readonly signerName: string;
  readonly subject: Subject;
  readonly names?: AlternativeNames;
}

/** Makes a key, has it signed through a CertificateSigningRequest, and waits for the certificate. Throws when the request is denied or failed. */
async function requestCertificate(client: Client, options: Pick<NodeIdentityOptions, 'clock' | 'random' | 'logger'>, wanted: Wanted, signal: AbortSignal): Promise<Credentials> {
  const { clock, random, logger } = options;
  const keys = newKeyPair();
  const request = Buffer.from(makeRequest({ subject: wanted.subject, keys, ...(wanted.names && { names: wanted.names }) })).toString('base64');
  const usages = wanted.names ? ['digital signature', 'server auth'] : ['digital signature', 'client auth'];
  const requests = client.resource(refs.certificateSigningRequests);
  const name = `${wanted.names ? 'csr' : 'node-csr'}-${randomSuffix(random, 10)}`;
  const draft = { metadata: { name }, spec: { request, signerName: wanted.signerName, usages } };
  await retrying(async () => {
    await requests.create(draft as Parameters<typeof requests.create>[0], { signal }).catch((error: unknown) => {
      if (!hasReason(error, 'AlreadyExists')) throw error; // the answer to an earlier try was lost: nobody else draws this name
    });
  }, { clock, logger, signal });
  for (let pollMs = POLL_MS; ; pollMs = Math.min(pollMs * 1.5, MAX_POLL_MS)) {
    const seen = await retrying(() => requests.get(name, { signal }), { clock, logger, signal });
    const refusal = (seen as CertificateSigningRequest).status?.conditions?.find((condition) => condition.type === 'Denied' || condition.type === 'Failed');
    if (refusal) throw new Error(`the certificate request ${name} was refused: ${refusal.message ?? refusal.reason ?? refusal.type}`);
    const certificate = (seen as CertificateSigningRequest).status?.certificate;
    if (certificate) return { certificatePem: Buffer.from(certificate, 'base64').toString(), keyPem: privateKeyPem(keys.privateKey) };
    await clock.sleep(pollMs, signal);
  }
}

const RETRY_MS = 200;
const MAX_RETRY_MS = 5000;

/** A server that cannot be reached, or is not ready yet, is asked again; refusals that will not change go up. */
async function retrying<T>(call: () => Promise<T>, options: { clock: Clock; logger: Logger; signal: AbortSignal }): Promise<T> {
  for (let delayMs = RETRY_MS; ; delayMs = Math.min(delayMs * 2, MAX_RETRY_MS)) {
    try {
      return await call();
    } catch (error) {
      if (hasReason(error, 'Unauthorized')) throw new Error('the server does not accept the token: it is wrong or has expired; make a new one with "kubets token create"', { cause: error });
      if (!(error instanceof TransportError) && !hasReason(error, 'ServiceUnavailable', 'InternalError', 'TooManyRequests', 'Timeout', 'ServerTimeout')) throw error;
      options.logger.debug('the server does not answer yet', { error: error instanceof Error ? error.message : error });
    }
    await options.clock.sleep(delayMs, options.signal);
  }
}

function tlsOf(authorityPem: string, client: Credentials): TlsMaterial {
  return { ca: authorityPem, cert: client.certificatePem, key: client.keyPem };
}

function remainingMs(credentials: Credentials, clock: Clock): number {
  return new X509Certificate(credentials.certificatePem).validToDate.getTime() - clock.now();
}

function namesAll(credentials: Credentials, names: AlternativeNames): boolean {
  const certificate = new X509Certificate(credentials.certificatePem);
  return names.dnsNames.every((name) => certificate.checkHost(name)) && names.ipAddresses.every((address) => certificate.checkIP(address));
}

/** The certificate and its key; undefined when there are none that belong together. */
function readCredentials(folder: string, name: string): Credentials | undefined {
  const certificatePem = readIfExists(join(folder, `${name}.crt`));
  if (certificatePem === undefined) return undefined;
  const keys = [`${name}.key`, nextKeyOf(name)].map((file) => readIfExists(join(folder, file))).filter((key) => key !== undefined);
  const certificate = new X509Certificate(certificatePem);
  const keyPem = keys.find((key) => certificate.checkPrivateKey(createPrivateKey(key)));
  return keyPem === undefined ? undefined : { certificatePem, keyPem };
}

/** The certificate tells which of the keys counts: whenever this is broken off, a pair is there. */
function writeCredentials(folder: string, name: string, credentials: Credentials): void {
  const nextKey = join(folder, nextKeyOf(name));
  writeFileDurably(nextKey, credentials.keyPem);
  writeFileDurably(join(folder, `${name}.crt`), credentials.certificatePem);
  writeFileDurably(join(folder, `${name}.key`), credentials.keyPem);
  rmSync(nextKey, { force: true });
}

function nextKeyOf(name: string): string {
  return `${name}.next.key`;
}
