import type { Command } from 'commander';
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
  readonly tlsMinVersion: string;
  readonly tlsCipherSuites: readonly string[];
}

const ADDRESS_TYPES = ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'];

export function addReachFlags(command: Command): void {
  command
    .optionsGroup('Connections:')
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
