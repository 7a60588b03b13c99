import type { X509Certificate } from 'node:crypto';

/** Who makes a request, as RBAC, audit and admission see it. */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What of a request tells who makes it. */
export interface Credentials {
  /** Lower-case names; a header sent several times comes as a list. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The chain that the client showed, its own certificate first; empty when it showed none. Nobody has checked it yet. */
  readonly peerCertificates: readonly X509Certificate[];
  /** The audiences of this server, one of which a token must name. */
  readonly audiences?: readonly string[];
}

/** A user, with the audiences for which a token proved it. */
export interface Identity {
  readonly user: UserInfo;
  readonly audiences?: readonly string[];
  /** Texts for `Warning` headers of whatever is answered. */
  readonly warnings?: readonly string[];
  /** For the audit event. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Credentials that are wrong in a way that the audit event tells of. */
export class RefusedCredentials extends Error {
  override readonly name = 'RefusedCredentials';
  readonly annotations: Readonly<Record<string, string>>;

  constructor(message: string, annotations: Readonly<Record<string, string>>) {
    super(message);
    this.annotations = annotations;
  }
}

/**
 * One way to prove who one is. Gives undefined when the request holds no credentials of its kind; throws `StatusError` Unauthorized (or
 * another error: the server answers 401 and logs it) for credentials that are of its kind and wrong.
 */
export interface Authenticator {
  authenticate(credentials: Credentials): Identity | undefined | Promise<Identity | undefined>;
}

/** Proves a bearer token, from an Authorization header or a TokenReview. Same results as `Authenticator`. */
export interface TokenAuthenticator {
  authenticateToken(token: string, audiences?: readonly string[]): Identity | undefined | Promise<Identity | undefined>;
}
