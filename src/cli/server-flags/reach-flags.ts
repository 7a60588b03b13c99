import { isIP } from 'node:net';
import { InvalidArgumentError, type Command } from 'commander';
import { CIPHER_SUITES, TLS_VERSIONS } from '../../cluster/tls-settings.ts';
import type { ServerOptions } from '../../cluster/server-options.ts';
import { names, oneOf } from './values.ts';

/** With what the server proves itself to others, and how others speak with it, under kube-apiserver's names. */
export interface ReachFlags {
  readonly kubeletClientCertificate?: string;
  readonly kubeletClientKey?: string;
  readonly kubeletCertificateAuthority?: string;
  readonly kubeletPreferredAddressTypes: readonly string[];
  readonly proxyClientCertFile?: string;
  readonly proxyClientKeyFile?: string;
  readonly tlsSniCertKey: ServerOptions['sniFiles'];
  readonly tlsMinVersion: string;
  readonly tlsCipherSuites: readonly string[];
}

const ADDRESS_TYPES = ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'];

export function addReachFlags(command: Command): void {
  command
    .optionsGroup('Connections:')
    .option('--tls-sni-cert-key <cert,key[:names]>', 'one more serving certificate and its key, for clients that ask for names: those in it, or those named, such as foo.crt,foo.key:*.foo.com,foo.com; may be repeated', sniFiles, [])
    .option('--tls-min-version <version>', `the oldest TLS that is spoken: ${[...TLS_VERSIONS.keys()].join(', ')}`, oneOf([...TLS_VERSIONS.keys()]), 'VersionTLS12')
    .option('--tls-cipher-suites <names>', 'the only cipher suites that are spoken below TLS 1.3, by Go\'s names; none: those that Node takes for safe', cipherSuites, [])
    .option('--kubelet-client-certificate <file>', 'what the server shows to kubelets (default: a certificate of the cluster\'s own authority)')
    .option('--kubelet-client-key <file>', 'the key of --kubelet-client-certificate')
    .option('--kubelet-certificate-authority <file>', 'whose certificates are believed to be kubelets\' (default: the cluster\'s own authority)')
    .option('--kubelet-preferred-address-types <names>', `by which of a node's addresses its kubelet is reached, the best first: ${ADDRESS_TYPES.join(', ')}`, addressTypes, ['InternalIP', 'ExternalIP', 'Hostname'])
    .option('--proxy-client-cert-file <file>', 'what the server shows to the API servers behind it (default: a certificate of the cluster\'s own front proxy)')
    .option('--proxy-client-key-file <file>', 'the key of --proxy-client-cert-file');
}

export function reachOptions(flags: ReachFlags): ServerOptions['reach'] {
  const pair = (certificate: string | undefined, key: string | undefined): ServerOptions['tlsFiles'] => (certificate !== undefined && key !== undefined ? { certificate, key } : undefined);
  return {
    kubeletFiles: pair(flags.kubeletClientCertificate, flags.kubeletClientKey), kubeletCaFile: flags.kubeletCertificateAuthority, kubeletAddressTypes: flags.kubeletPreferredAddressTypes,
    proxyFiles: pair(flags.proxyClientCertFile, flags.proxyClientKeyFile), tlsMinVersion: flags.tlsMinVersion, tlsCipherSuites: flags.tlsCipherSuites,
  };
}

function each(allowed: readonly string[]): (text: string) => readonly string[] {
  return (text) => names(text).map(oneOf(allowed));
}

const cipherSuites = each([...CIPHER_SUITES.keys()]);
const addressTypes = each(ADDRESS_TYPES);

/** Source: component-base cli/flag, namedcertkey_flag.go. */
function sniFiles(text: string, before: ServerOptions['sniFiles']): ServerOptions['sniFiles'] {
  const colon = text.indexOf(':');
  const [certificate = '', key = '', ...more] = (colon < 0 ? text : text.slice(0, colon)).split(',').map((one) => one.trim());
  if (certificate === '' || key === '' || more.length > 0) throw new InvalidArgumentError('a certificate and its key look like foo.crt,foo.key or foo.crt,foo.key:*.foo.com,foo.com.');
  const patterns = colon < 0 ? [] : names(text.slice(colon + 1));
  for (const one of patterns) if (isIP(one) !== 0 || !DOMAIN.test(one)) throw new InvalidArgumentError(`${one} is no name of a domain: clients ask for names only, such as foo.com or *.foo.com.`);
  return [...before, { certificate, key, patterns }];
}

const DOMAIN = /^(?:\*|(?:\*\.)?[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*)$/i;
