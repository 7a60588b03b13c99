import type { X509Certificate } from 'node:crypto';
import { unauthorized } from '../../apimachinery/status.ts';
import type { Clock } from '../../base/clock.ts';
import { subjectOf } from '../../pki/index.ts';
import type { Authenticator, Credentials, Identity } from './authenticator.ts';
import { trustedUntil } from './certificate-chain.ts';

/** `--requestheader-*`: whom to believe, and where he says who the user is. Names of headers in any case. */
export interface RequestHeaderOptions {
  readonly authorities: () => readonly X509Certificate[];
  /** Common names of the proxy's certificate; empty: any. */
  readonly allowedNames: readonly string[];
  readonly usernameHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraHeaderPrefixes: readonly string[];
}

/** The user that a proxy names which has shown its own certificate. Source: "Authenticating", authenticating proxy. */
export class RequestHeaderAuthenticator implements Authenticator {
  readonly #options: RequestHeaderOptions;
  readonly #clock: Clock;

  constructor(options: RequestHeaderOptions & { readonly clock: Clock }) {
    this.#options = options;
    this.#clock = options.clock;
  }

  authenticate({ headers, peerCertificates }: Credentials): Identity | undefined {
    const [certificate, ...intermediates] = peerCertificates;
    if (!certificate) return undefined;
    const { authorities, allowedNames, usernameHeaders, uidHeaders, groupHeaders } = this.#options;
    const [name] = usernameHeaders.flatMap((header) => valuesOf(headers, header).slice(0, 1)).filter(Boolean);
    if (name === undefined || trustedUntil(certificate, intermediates, authorities(), this.#clock.now()) === undefined) return undefined;
    if (allowedNames.length > 0 && !allowedNames.includes(subjectOf(certificate).commonName)) throw unauthorized();
    const [uid] = uidHeaders.flatMap((header) => valuesOf(headers, header).slice(0, 1)).filter(Boolean);
    const groups = groupHeaders.flatMap((header) => valuesOf(headers, header)).filter(Boolean);
    const extra = this.#extra(headers);
    return { user: { name, groups, ...(uid !== undefined && { uid }), ...(Object.keys(extra).length > 0 && { extra }) } };
  }

  #extra(headers: Credentials['headers']): Record<string, string[]> {
    const extra = new Map<string, string[]>();
    for (const prefix of this.#options.extraHeaderPrefixes.map((one) => one.toLowerCase())) {
      for (const header of Object.keys(headers)) {
        if (!header.startsWith(prefix)) continue;
        const key = unescaped(header.slice(prefix.length));
        extra.set(key, [...(extra.get(key) ?? []), ...valuesOf(headers, header)]);
      }
    }
    return Object.fromEntries(extra);
  }
}

function valuesOf(headers: Credentials['headers'], name: string): string[] {
  const value = headers[name.toLowerCase()];
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : [...value];
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch (error) {
    if (error instanceof URIError) return key;
    throw error;
  }
}
