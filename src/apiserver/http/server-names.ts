import { isIP } from 'node:net';
import { X509Certificate } from 'node:crypto';

/** A certificate for clients that ask for some names (SNI). */
export interface NamedCertificate {
  readonly cert: string;
  readonly key: string;
  /** `*.example.com` stands for one label before `example.com`. Empty: the names in the certificate. */
  readonly patterns: readonly string[];
}

/**
 * Who is shown to clients that ask for a name: whole names go before wildcards, names that were given before those that certificates have, and certificates named first before others.
 * Source: apiserver pkg/server/dynamiccertificates, named_certificates.go.
 */
export class ServerNames<T> {
  readonly #byName = new Map<string, T>();

  constructor(certificates: readonly { readonly certificate: NamedCertificate; readonly shown: T }[]) {
    for (const { certificate, shown } of certificates) this.#take(certificate.patterns, shown);
    for (const { certificate, shown } of certificates) if (certificate.patterns.length === 0) this.#take(namesIn(certificate.cert), shown);
  }

  find(asked: string): T | undefined {
    const name = asked.toLowerCase().replace(/\.+$/, '');
    return this.#byName.get(name) ?? this.#byName.get(name.replace(/^[^.]*/, '*'));
  }

  #take(names: readonly string[], shown: T): void {
    for (const name of names) if (!this.#byName.has(name.toLowerCase())) this.#byName.set(name.toLowerCase(), shown);
  }
}

/** Addresses in it are left out: clients do not ask for these by SNI. */
function namesIn(pem: string): string[] {
  const { subject, subjectAltName = '' } = new X509Certificate(pem);
  const [, commonName = ''] = /^CN=(.*)$/m.exec(subject) ?? [];
  const isDomain = isIP(commonName) === 0 && /^(?:\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$|^\*$/.test(commonName);
  return [...(isDomain ? [commonName] : []), ...[...subjectAltName.matchAll(/DNS:([^,\s]+)/g)].map(([, name = '']) => name)];
}
