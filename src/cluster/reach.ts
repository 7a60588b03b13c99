import type { TlsMaterial } from '../apiserver/http/listener.ts';
import type { KubeletCredentials } from '../apiserver/proxy/kubelet.ts';
import type { Credentials } from '../pki/index.ts';
import { readFlagFile } from './authentication.ts';
import type { ClusterCertificates } from './certificates.ts';
import type { CertificateFiles, ReachOptions, ServerOptions } from './server-options.ts';
import { tlsSettings } from './tls-settings.ts';

/** What the listener shows to clients, and what it speaks with them. Throws Error naming the flag of a file that cannot be read. */
export function servingTls({ tlsFiles, sniFiles, reach }: ServerOptions, { serving }: ClusterCertificates): TlsMaterial {
  const { certificatePem: cert, keyPem: key } = tlsFiles ? pairOf(tlsFiles, { certificate: '--tls-cert-file', key: '--tls-private-key-file' }) : serving;
  const named = sniFiles.map(({ patterns, ...files }) => {
    const pair = pairOf(files, { certificate: '--tls-sni-cert-key', key: '--tls-sni-cert-key' });
    return { cert: pair.certificatePem, key: pair.keyPem, patterns };
  });
  return { cert, key, ...tlsSettings(reach), ...(named.length > 0 && { named }) };
}

export function kubeletCredentials({ kubeletFiles, kubeletCaFile, kubeletAddressTypes }: ReachOptions, { kubeletClient, authority }: ClusterCertificates): KubeletCredentials {
  const shown = kubeletFiles ? pairOf(kubeletFiles, { certificate: '--kubelet-client-certificate', key: '--kubelet-client-key' }) : kubeletClient;
  return { ...shown, authorityPem: kubeletCaFile === undefined ? authority.certificatePem : readFlagFile('--kubelet-certificate-authority', kubeletCaFile), addressTypes: kubeletAddressTypes };
}

export function proxyCredentials({ proxyFiles }: ReachOptions, { frontProxyClient }: ClusterCertificates): Credentials {
  return proxyFiles ? pairOf(proxyFiles, { certificate: '--proxy-client-cert-file', key: '--proxy-client-key-file' }) : frontProxyClient;
}

function pairOf(files: CertificateFiles, flags: CertificateFiles): Credentials {
  return { certificatePem: readFlagFile(flags.certificate, files.certificate), keyPem: readFlagFile(flags.key, files.key) };
}
