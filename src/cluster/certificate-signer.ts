import type { CertificateSigner } from '../controllers/index.ts';
import { readRequest, signCertificate, type Authority, type KeyUsage, type Usage } from '../pki/index.ts';

const EXTENDED_USAGES: readonly string[] = ['server auth', 'client auth'] satisfies Usage[];
const KEY_USAGES: readonly string[] = ['digital signature', 'key encipherment', 'cert sign'] satisfies KeyUsage[];

/** Signs what the signing controller approves of, with the cluster's authority. */
export function certificateSigner(authority: Authority): CertificateSigner {
  return {
    read(requestPem) {
      const { subject, names, publicKey } = readRequest(requestPem);
      const { dnsNames, ipAddresses, emails, uris } = names;
      return { commonName: subject.commonName, organizations: subject.organizations, dnsNames, ipAddresses, emailAddresses: emails, uris, publicKey };
    },
    sign({ requestPem, usages, notBefore, notAfter }) {
      const { subject, names, publicKey } = readRequest(requestPem);
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
