import { existsSync, readFileSync } from 'node:fs';
import type { TlsMaterial } from '../../client/https-transport.ts';
import type { KubeconfigCluster, KubeconfigUser } from '../../pki/kubeconfig.ts';
import { CommandError } from '../errors.ts';
import type { Flags } from '../flags.ts';
import type { KubectlIo } from '../io.ts';
import { CredentialPlugin } from './credential-plugin.ts';
import type { PluginPolicy } from '../preferences/plugin-policy.ts';
import { checkEntries } from './entry-checks.ts';
import { impersonationHeaders } from './impersonation.ts';
import { mergeKubeconfigs, readKubeconfigs } from './kubeconfig-files.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Where the server is and who we are. */
export interface ConnectionOptions {
  readonly server: string;
  readonly namespace: string;
  /** Whether `--namespace` was on the command line: then files must not say otherwise. */
  readonly isNamespaceForced: boolean;
  /** Without what a plugin gives. */
  readonly tls: TlsMaterial;
  readonly skipsVerification: boolean;
  readonly token: string | undefined;
  /** Gives credentials instead. */
  readonly plugin: CredentialPlugin | undefined;
  readonly headers: Readonly<Record<string, string | string[]>>;
}

/** From the kubeconfig and the flags over it; in a pod without either, from its service account. Throws CommandError for what cannot be used. */
export function connectionOptions(flags: Flags, io: KubectlIo, policy: PluginPolicy): ConnectionOptions {
  const { env } = io;
  const { cluster, user, userName, clusterName, namespace } = chosenEntries(flags, env);
  const isInPod = !cluster && flags.string('server') === '' && env['KUBERNETES_SERVICE_HOST'] && existsSync(`${SERVICE_ACCOUNT}/token`);
  if (isInPod) return inPod(flags, env);
  const whole = { ...cluster, ...fromFlags(flags, { 'certificate-authority': 'certificate-authority', 'tls-server-name': 'tls-server-name' }) };
  if (flags.string('certificate-authority') !== '') delete whole['certificate-authority-data'];
  if (flags.has('insecure-skip-tls-verify')) whole['insecure-skip-tls-verify'] = flags.bool('insecure-skip-tls-verify');
  const person = userWith(flags, user);
  checkEntries({ cluster: whole, clusterName, user: person, userName, impersonates: flags });
  const server = flags.string('server') || cluster?.server || 'http://localhost:8080';
  const [ca, cert, key] = [pem(whole, 'certificate-authority'), pem(person, 'client-certificate'), pem(person, 'client-key')];
  if (ca !== undefined && !ca.includes('-----BEGIN CERTIFICATE-----')) throw new CommandError('unable to load root certificates: unable to parse bytes as PEM block');
  const serverName = whole['tls-server-name'];
  const token = person.token ?? (person.tokenFile ? readFileSync(person.tokenFile, 'utf8').trim() : undefined);
  const basic: Record<string, string> = person.username ? { authorization: `Basic ${Buffer.from(`${person.username}:${person.password ?? ''}`).toString('base64')}` } : {};
  return {
    server: serverUrl(server), namespace: flags.string('namespace') || namespace || 'default', isNamespaceForced: flags.has('namespace'),
    tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...(serverName && { serverName }) },
    skipsVerification: whole['insecure-skip-tls-verify'] ?? false, token,
    plugin: person.exec && !token ? new CredentialPlugin(userName, person.exec, cluster, { io, policy }) : undefined,
    headers: { ...basic, ...impersonationHeaders(flags) },
  };
}

/** The cluster and the user that are meant; those of a context that names what is not there are none. */
function chosenEntries(flags: Flags, env: KubectlIo['env']): { cluster: KubeconfigCluster | undefined; user: KubeconfigUser | undefined; userName: string; clusterName: string; namespace: string } {
  const config = mergeKubeconfigs(readKubeconfigs(flags.string('kubeconfig'), env));
  const contextName = flags.string('context') || config['current-context'];
  const context = config.contexts.find((one) => one.name === contextName)?.context;
  // With a namespace at hand, only what the command line names is looked for.
  if (!context && flags.string('context') !== '' && flags.has('namespace')) throw new CommandError(`context ${JSON.stringify(contextName)} does not exist`);
  if (!context && contextName !== '') throw new CommandError(`Error in configuration: context was not found for specified context: ${contextName}`, { isBare: true });
  const clusterName = flags.string('cluster') || (context?.cluster ?? '');
  const cluster = config.clusters.find((one) => one.name === clusterName)?.cluster;
  if (!cluster && flags.string('cluster') !== '' && flags.string('server') === '') throw new CommandError(flags.has('namespace') ? `cluster ${JSON.stringify(clusterName)} does not exist` : `no server found for cluster ${JSON.stringify(clusterName)}`);
  const userFlag = flags.isList('user') ? '' : flags.string('user'); // `create rolebinding --user` means another
  const userName = userFlag || (context?.user ?? '');
  const user = config.users.find((one) => one.name === userName)?.user;
  if (!user && userFlag !== '') throw new CommandError(`auth info ${JSON.stringify(userName)} does not exist`);
  return { cluster, user, userName, clusterName, namespace: context?.namespace ?? '' };
}

function fromFlags(flags: Flags, names: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(names).filter(([name]) => flags.string(name) !== '').map(([name, key]) => [key, flags.string(name)]));
}

/** The user of the file under the flags: credentials on the command line take the place of those of their kind. */
function userWith(flags: Flags, user: KubeconfigUser | undefined): KubeconfigUser {
  const given = fromFlags(flags, { token: 'token', username: 'username', password: 'password', 'client-certificate': 'client-certificate', 'client-key': 'client-key' });
  const whole: KubeconfigUser = { ...user, ...given };
  if (given['token']) delete whole.tokenFile;
  if (given['client-certificate']) delete whole['client-certificate-data'];
  if (given['client-key']) delete whole['client-key-data'];
  return whole;
}

function serverUrl(text: string): string {
  const whole = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(whole)) throw new CommandError(`host must be a URL or a host:port pair: ${JSON.stringify(text)}`);
  if (!/^https?:/.test(whole)) throw new CommandError(`Unable to connect to the server: unsupported protocol scheme ${JSON.stringify(whole.split('://', 1)[0])}`, { isBare: true });
  return whole;
}

function inPod(flags: Flags, env: KubectlIo['env']): ConnectionOptions {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}`,
    namespace: flags.string('namespace') || readFileSync(`${SERVICE_ACCOUNT}/namespace`, 'utf8').trim(), isNamespaceForced: flags.has('namespace'),
    tls: { ca: readFileSync(`${SERVICE_ACCOUNT}/ca.crt`, 'utf8') }, skipsVerification: false, plugin: undefined,
    token: flags.string('token') || readFileSync(`${SERVICE_ACCOUNT}/token`, 'utf8').trim(), headers: impersonationHeaders(flags),
  };
}

/** The content of a file, or the data beside its name. */
function pem(entry: object, field: string): string | undefined {
  const values = entry as Readonly<Record<string, string | undefined>>;
  const data = values[`${field}-data`];
  if (data) return Buffer.from(data, 'base64').toString();
  const file = values[field];
  return file ? readFileSync(file, 'utf8') : undefined;
}
