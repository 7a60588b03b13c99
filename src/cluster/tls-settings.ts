import type { SecureVersion } from 'node:tls';

/** As Go names them. Source: component-base cli/flag, ciphersuites_flag.go. */
export const TLS_VERSIONS: ReadonlyMap<string, SecureVersion> = new Map([['VersionTLS10', 'TLSv1'], ['VersionTLS11', 'TLSv1.1'], ['VersionTLS12', 'TLSv1.2'], ['VersionTLS13', 'TLSv1.3']]);

/** Names of Go (and IANA) with those of OpenSSL. What TLS 1.3 has cannot be chosen from, in Go either: it is accepted and changes nothing. */
export const CIPHER_SUITES: ReadonlyMap<string, string> = new Map([
  ['TLS_AES_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256'], ['TLS_AES_256_GCM_SHA384', 'TLS_AES_256_GCM_SHA384'], ['TLS_CHACHA20_POLY1305_SHA256', 'TLS_CHACHA20_POLY1305_SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'], ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'], ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'], ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305', 'ECDHE-ECDSA-CHACHA20-POLY1305'], ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256', 'ECDHE-ECDSA-AES128-SHA256'], ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256', 'ECDHE-RSA-AES128-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', 'ECDHE-ECDSA-AES128-SHA'], ['TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA', 'ECDHE-ECDSA-AES256-SHA'],
  ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', 'ECDHE-RSA-AES128-SHA'], ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', 'ECDHE-RSA-AES256-SHA'],
  ['TLS_RSA_WITH_AES_128_GCM_SHA256', 'AES128-GCM-SHA256'], ['TLS_RSA_WITH_AES_256_GCM_SHA384', 'AES256-GCM-SHA384'], ['TLS_RSA_WITH_AES_128_CBC_SHA256', 'AES128-SHA256'],
  ['TLS_RSA_WITH_AES_128_CBC_SHA', 'AES128-SHA'], ['TLS_RSA_WITH_AES_256_CBC_SHA', 'AES256-SHA'],
]);

const OF_TLS_13 = [...CIPHER_SUITES.values()].filter((name) => name.startsWith('TLS_'));

/** What the listener is told for `--tls-min-version` and `--tls-cipher-suites`. */
export function tlsSettings({ tlsMinVersion, tlsCipherSuites }: { readonly tlsMinVersion: string; readonly tlsCipherSuites: readonly string[] }): { minVersion?: SecureVersion; ciphers?: string } {
  const minVersion = TLS_VERSIONS.get(tlsMinVersion);
  const ciphers = [...new Set([...OF_TLS_13, ...tlsCipherSuites.map((name) => CIPHER_SUITES.get(name) ?? name)])].join(':');
  return { ...(minVersion !== undefined && { minVersion }), ...(tlsCipherSuites.length > 0 && { ciphers }) };
}
