import type { X509Certificate } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { subjectOf } from '../../pki/index.ts';
import { unauthorized } from '../../apimachinery/status.ts';
import type { Authenticator, Credentials, Identity } from './authenticator.ts';
import { trustedUntil } from './certificate-chain.ts';

/** So many certificates that were checked are remembered: agents keep theirs for months, and a check costs more than a request. */
const REMEMBERED = 4096;

/** The user (CN) and groups (O) of a client certificate that one of `authorities` has signed. Source: "Authenticating", X.509 client certificates. */
export class X509Authenticator implements Authenticator {
  readonly #authorities: () => readonly X509Certificate[];
  readonly #clock: Clock;
  readonly #known = new Map<string, { readonly identity: Identity; readonly untilMs: number }>();
  /** The authorities by which those that are known were checked. */
  #knownBy: readonly X509Certificate[] = [];

  readonly #readsUid: boolean;

  /** `authorities` may give others from one request to the next. `readsUid`: feature gate AllowParsingUserUIDFromCertAuth. */
  constructor(options: { authorities: () => readonly X509Certificate[]; clock: Clock; readsUid?: boolean }) {
    this.#readsUid = options.readsUid ?? true;
    this.#authorities = options.authorities;
    this.#clock = options.clock;
  }

  authenticate({ peerCertificates }: Credentials): Identity | undefined {
    const [certificate, ...intermediates] = peerCertificates;
    if (!certificate) return undefined;
    const authorities = this.#authorities();
    if (authorities !== this.#knownBy) this.#known.clear();
    this.#knownBy = authorities;
    const print = certificate.fingerprint256;
    const nowMs = this.#clock.now();
    const known = this.#known.get(print);
    if (known && known.untilMs >= nowMs) return known.identity;
    const untilMs = trustedUntil(certificate, intermediates, authorities, nowMs);
    // Who shows a certificate means to be somebody: without another credential that holds he is not let in as nobody.
    if (untilMs === undefined) throw unauthorized();
    const { commonName, organizations, uids } = subjectOf(certificate);
    if (commonName === '') return undefined;
    const uid = this.#readsUid ? uidOf(uids) : '';
    const identity: Identity = { user: { name: commonName, ...(uid && { uid }), groups: organizations, extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${print.replaceAll(':', '').toLowerCase()}`] } } };
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(print, { identity, untilMs });
    return identity;
  }
}

/** Source: apiserver pkg/authentication/request/x509, parseUIDFromCert. */
function uidOf([uid, ...more]: readonly string[]): string {
  if (uid === undefined) return '';
  if (more.length > 0) throw new Error(`expected 1 UID, but found multiple: [${[uid, ...more].join(' ')}]`);
  if (uid === '') throw new Error('UID cannot be an empty string');
  return uid;
}
