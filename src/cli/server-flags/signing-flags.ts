import type { Command } from 'commander';
import type { CertificateFiles, ServerOptions, SigningFlag } from '../../cluster/server-options.ts';
import { UsageError } from '../errors.ts';

/** Who signs certificates, under kube-controller-manager's names. */
export interface SigningFlags {
  readonly clusterSigningCertFile?: string;
  readonly clusterSigningKeyFile?: string;
  readonly clusterSigningKubeletServingCertFile?: string;
  readonly clusterSigningKubeletServingKeyFile?: string;
  readonly clusterSigningKubeletClientCertFile?: string;
  readonly clusterSigningKubeletClientKeyFile?: string;
  readonly clusterSigningKubeApiserverClientCertFile?: string;
  readonly clusterSigningKubeApiserverClientKeyFile?: string;
  readonly clusterSigningLegacyUnknownCertFile?: string;
  readonly clusterSigningLegacyUnknownKeyFile?: string;
}

const SIGNERS: readonly SigningFlag[] = ['kubelet-serving', 'kubelet-client', 'kube-apiserver-client', 'legacy-unknown'];

export function addSigningFlags(command: Command): void {
  command
    .option('--cluster-signing-cert-file <file>', 'the authority (PEM) of the signers, in place of the cluster\'s own')
    .option('--cluster-signing-key-file <file>', 'the key of --cluster-signing-cert-file');
  for (const signer of SIGNERS) {
    command
      .option(`--cluster-signing-${signer}-cert-file <file>`, `the authority of the signer kubernetes.io/${signer} alone${signer === 'legacy-unknown' ? ', which certificates.k8s.io/v1 lets nobody name' : ''}`)
      .option(`--cluster-signing-${signer}-key-file <file>`, `the key of --cluster-signing-${signer}-cert-file`);
  }
}

/** Throws UsageError for a certificate without its key, and for files of all signers beside those of one. Source: cmd/kube-controller-manager/app/certificates.go. */
export function signingFiles(flags: SigningFlags): ServerOptions['signingFiles'] {
  const own = SIGNERS.flatMap((signer) => {
    const files = pairOf(flags, signer);
    return files ? [[signer, files] as const] : [];
  });
  const all = pairOf(flags, undefined);
  if (all && own.length > 0) throw new UsageError(`--cluster-signing-cert-file and --cluster-signing-${own[0]?.[0]}-cert-file cannot both be given: name the files of each signer, or those of all`);
  return all ? { all } : Object.fromEntries(own);
}

function pairOf(flags: SigningFlags, signer: SigningFlag | undefined): CertificateFiles | undefined {
  const named: Readonly<Record<string, string | undefined>> = { ...flags };
  const flagOf = (kind: string): string => ['cluster-signing', signer, kind, 'file'].filter((part) => part !== undefined).join('-');
  const valueOf = (flag: string): string | undefined => named[flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())];
  const [certificateFlag, keyFlag] = [flagOf('cert'), flagOf('key')];
  const [certificate, key] = [valueOf(certificateFlag), valueOf(keyFlag)];
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  if (certificate !== undefined || key !== undefined) throw new UsageError(certificate === undefined ? `--${keyFlag} needs --${certificateFlag} too` : `--${certificateFlag} needs --${keyFlag} too`);
  return undefined;
}
