import { existsSync, readFileSync } from 'node:fs';
import type { TlsMaterial } from '../../client/https-transport.ts';
import type { KubeconfigUser } from '../../pki/kubeconfig.ts';
import { CommandError } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { mergeKubeconfigs, readKubeconfigs } from './kubeconfig-files.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Where the server is and who we are. */
export interface ConnectionOptions {
  readonly server: string;
  readonly namespace: string;
  /** Whether `--namespace` was on the command line: then files must not say otherwise. */
  readonly isNamespaceForced: boolean;
  readonly tls: TlsMaterial;
  readonly skipsVerification: boolean;
  readonly token: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** From the kubeconfig and the flags over it; in a pod without either, from its service account. */
export function connectionOptions(flags: Flags, env: Readonly<Record<string, string | undefined>>): ConnectionOptions {
  const config = mergeKubeconfigs(readKubeconfigs(flags.string('kubeconfig'), env));
  const contextName = flags.string('context') || config['current-context'];
  const context = config.contexts.find((one) => one.name === contextName)?.context;
  if (!context && flags.string('context') !== '') throw new CommandError(`context ${JSON.stringify(contextName)} does not exist`);
  const clusterName = flags.string('cluster') || context?.cluster;
  const cluster = config.clusters.find((one) => one.name === clusterName)?.cluster;
  if (!cluster && flags.string('cluster') !== '') throw new CommandError(`cluster ${JSON.stringify(clusterName)} does not exist`);
  const userFlag = flags.isList('user') ? '' : flags.string('user'); // `create rolebinding --user` means another
  const userName = userFlag || context?.user;
  const user = config.users.find((one) => one.name === userName)?.user;
  if (!user && userFlag !== '') throw new CommandError(`auth info ${JSON.stringify(userName)} does not exist`);
  const isInPod = !cluster && flags.string('server') === '' && env['KUBERNETES_SERVICE_HOST'] && existsSync(`${SERVICE_ACCOUNT}/token`);
  if (isInPod) return inPod(flags, env);
  const server = flags.string('server') || cluster?.server || 'http://localhost:8080';
  const ca = pem(flags.string('certificate-authority'), flags.string('certificate-authority') ? undefined : cluster?.['certificate-authority-data'], cluster?.['certificate-authority']);
  const cert = pem(flags.string('client-certificate'), user?.['client-certificate-data'], user?.['client-certificate']);
  const key = pem(flags.string('client-key'), user?.['client-key-data'], user?.['client-key']);
  const serverName = flags.string('tls-server-name') || cluster?.['tls-server-name'];
  return {
    server: server.includes('://') ? server : `http://${server}`,
    namespace: flags.string('namespace') || context?.namespace || 'default',
    isNamespaceForced: flags.has('namespace'),
    tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...(serverName && { serverName }) },
    skipsVerification: flags.has('insecure-skip-tls-verify') ? flags.bool('insecure-skip-tls-verify') : (cluster?.['insecure-skip-tls-verify'] ?? false),
    token: flags.string('token') || tokenOf(user),
    headers: impersonation(flags),
  };
}

function inPod(flags: Flags, env: Readonly<Record<string, string | undefined>>): ConnectionOptions {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}`,
    namespace: flags.string('namespace') || readFileSync(`${SERVICE_ACCOUNT}/namespace`, 'utf8').trim(),
    isNamespaceForced: flags.has('namespace'),
    tls: { ca: readFileSync(`${SERVICE_ACCOUNT}/ca.crt`, 'utf8') },
    skipsVerification: false,
    token: flags.string('token') || readFileSync(`${SERVICE_ACCOUNT}/token`, 'utf8').trim(),
    headers: impersonation(flags),
  };
}

function pem(flagPath: string, data: string | undefined, path: string | undefined): string | undefined {
  if (flagPath === '' && data) return Buffer.from(data, 'base64').toString();
  const file = flagPath || path;
  if (!file) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(`unable to read ${file}: ${(error as Error).message}`, { cause: error });
  }
}

function tokenOf(user: KubeconfigUser | undefined): string | undefined {
  return user?.token ?? (user?.tokenFile ? readFileSync(user.tokenFile, 'utf8').trim() : undefined);
}

function impersonation(flags: Flags): Record<string, string> {
  return {
    ...(flags.string('as') && { 'impersonate-user': flags.string('as') }),
    ...(flags.list('as-group').length > 0 && { 'impersonate-group': flags.list('as-group').join(', ') }),
    ...(flags.string('as-uid') && { 'impersonate-uid': flags.string('as-uid') }),
  };
}
