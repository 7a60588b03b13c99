import type { CertificateSigner } from '../controllers/index.ts';
import { readAuthority, readKeyPair, readRequest, signCertificate, type Authority, type KeyUsage, type Usage } from '../pki/index.ts';
import { readFlagFile } from './authentication.ts';
import type { ServerOptions, SigningFlag } from './server-options.ts';

const EXTENDED_USAGES: readonly string[] = ['server auth', 'client auth'] satisfies Usage[];
const KEY_USAGES: readonly string[] = ['digital signature', 'key encipherment', 'cert sign'] satisfies KeyUsage[];
const FLAGS: ReadonlyMap<string, SigningFlag> = new Map([
  ['kubernetes.io/kubelet-serving', 'kubelet-serving'], ['kubernetes.io/kube-apiserver-client-kubelet', 'kubelet-client'], ['kubernetes.io/kube-apiserver-client', 'kube-apiserver-client'],
]);

/**
 * Whose key a signer uses. Files are read each time, so that new ones count without a restart; they are read once at first. Throws Error naming the flag of a file that cannot be
 * read, and for a key of another certificate.
 */
export function signingAuthorities(files: ServerOptions['signingFiles'], own: Authority): (signerName: string) => Authority {
  const read = (flag: SigningFlag | 'all'): Authority => {
    const found = files[flag];
    if (!found) return own;
    const name = flag === 'all' ? '--cluster-signing' : `--cluster-signing-${flag}`;
    const [certificatePem, keyPem] = [readFlagFile(`${name}-cert-file`, found.certificate), readFlagFile(`${name}-key-file`, found.key)];
    return readAuthority({ certificatePem, keyPem }, readKeyPair(keyPem));
  };
  for (const flag of Object.keys(files) as (keyof typeof files)[]) read(flag);
  return (signerName) => {
    const flag = FLAGS.get(signerName);
    return read(flag !== undefined && files[flag] ? flag : 'all');
  };
}

/** Signs what the signing controller approves of. */
export function certificateSigner(authorityOf: (signerName: string) => Authority): CertificateSigner {
  return {
    read(requestPem) {
      const { subject, names, publicKey } = readRequest(requestPem);
      const { dnsNames, ipAddresses, emails, uris } = names;
      return { commonName: subject.commonName, organizations: subject.organizations, dnsNames, ipAddresses, emailAddresses: emails, uris, publicKey };
    },
    sign({ signerName, requestPem, usages, notBefore, notAfter }) {
      const { subject, names, publicKey } = readRequest(requestPem);
      const authority = authorityOf(signerName);
      return signCertificate(authority, {
        subject,
        publicKey,
        names,
        notBefore,
        notAfter: Math.min(notAfter, authority.certificate.validToDate.getTime()),
        usages: usages.filter((usage): usage is Usage => EXTENDED_USAGES.includes(usage)),
        keyUsages: usages.filter((usage): usage is KeyUsage => KEY_USAGES.includes(usage)),
      });
    },
  };
}
