import { spawnSync } from 'node:child_process';
import { isObject } from '../../apimachinery/patch/json.ts';
import type { KubeconfigCluster, KubeconfigExec } from '../../pki/kubeconfig.ts';
import { CommandError } from '../errors.ts';
import type { KubectlIo } from '../io.ts';
import type { PluginPolicy } from '../preferences/plugin-policy.ts';
import { at, textAt } from '../kube-json.ts';

const GROUP = 'client.authentication.k8s.io';
const MODES = ['Never', 'IfAvailable', 'Always'];
const LEARN_MORE = 'https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins';

/** What a plugin gave: a token, a certificate with its key, or both. PEM. */
export interface Credentials {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** The program that a user of a kubeconfig gets credentials from. Source: client-go plugin/pkg/client/auth/exec, KEP-541. */
export class CredentialPlugin {
  readonly #exec: KubeconfigExec;
  readonly #cluster: KubeconfigCluster | undefined;
  readonly #io: Pick<KubectlIo, 'stdin' | 'stderr' | 'env' | 'clock'>;
  readonly #policy: PluginPolicy;
  #known: { readonly credentials: Credentials; readonly endsMs: number } | undefined;

  /** Throws CommandError for a configuration that cannot be used. */
  constructor(user: string, exec: KubeconfigExec, cluster: KubeconfigCluster | undefined, { io, policy }: { readonly io: Pick<KubectlIo, 'stdin' | 'stderr' | 'env' | 'clock'>; readonly policy: PluginPolicy }) {
    checkExec(user, exec);
    this.#exec = exec;
    this.#cluster = exec.provideClusterInfo ? cluster : undefined;
    this.#io = io;
    this.#policy = policy;
  }

  /** Of the last run, while they are good. Throws CommandError when the program gives none. */
  credentials(): Credentials {
    if (!this.#known || this.#io.clock.now() >= this.#known.endsMs) this.#known = this.#run();
    return this.#known.credentials;
  }

  #run(): { credentials: Credentials; endsMs: number } {
    const { apiVersion = '', command = '', args, env, interactiveMode } = this.#exec;
    const isInteractive = interactiveMode !== 'Never' && this.#io.stdin.isTTY === true;
    if (interactiveMode === 'Always' && !isInteractive) throw noCredentials('exec plugin cannot support interactive mode: standard input is not a terminal');
    const spec = { ...(this.#cluster && { cluster: clusterInfo(this.#cluster) }), interactive: isInteractive };
    const info = `${JSON.stringify({ kind: 'ExecCredential', apiVersion, spec })}\n`;
    const own = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
    const ended = spawnSync(this.#program(command), args ?? [], { env: { ...this.#io.env, ...own, KUBERNETES_EXEC_INFO: info }, stdio: [isInteractive ? 'inherit' : 'ignore', 'pipe', isInteractive ? 'inherit' : 'pipe'], encoding: 'utf8' });
    if (ended.stderr) this.#io.stderr.write(ended.stderr);
    if (ended.error) throw noCredentials(this.#notStarted(ended.error));
    if (ended.status !== 0) throw noCredentials(`exec: executable ${command} failed with exit code ${ended.status ?? -1}`);
    return readCredentials(ended.stdout, apiVersion);
  }

  /** What may run. */
  #program(command: string): string {
    try {
      return this.#policy.allowed(command, this.#io.env);
    } catch (error) {
      throw error instanceof CommandError ? noCredentials(error.message) : error;
    }
  }

  #notStarted(error: NodeJS.ErrnoException): string {
    const { command, installHint = '' } = this.#exec;
    if (error.code !== 'ENOENT') return `exec: ${error.message}`;
    return `exec: executable ${command} not found\n\nIt looks like you are trying to use a client-go credential plugin that is not installed.\n\nTo learn more about this feature, consult the documentation available at:\n      ${LEARN_MORE}${installHint && `\n\n${installHint}`}`;
  }
}

function noCredentials(why: string): CommandError {
  return new CommandError(`Unable to connect to the server: getting credentials: ${why}`, { isBare: true });
}

function checkExec(user: string, { apiVersion = '', command = '', interactiveMode }: KubeconfigExec): void {
  const needed = (what: string): CommandError => new CommandError(`${what} must be specified for ${user} to use exec authentication plugin`);
  if (command === '') throw needed('command');
  if (apiVersion === '') throw needed('apiVersion');
  if (interactiveMode === undefined && apiVersion === `${GROUP}/v1`) throw needed('interactiveMode');
  if (interactiveMode !== undefined && !MODES.includes(interactiveMode)) throw new CommandError(`invalid interactiveMode for ${user}: ${JSON.stringify(interactiveMode)}`);
  if (![`${GROUP}/v1`, `${GROUP}/v1beta1`].includes(apiVersion)) throw new CommandError(`exec plugin: invalid apiVersion ${JSON.stringify(apiVersion)}`);
}

function clusterInfo(cluster: KubeconfigCluster): object {
  const config = cluster.extensions?.find((one) => one.name === `${GROUP}/exec`)?.extension;
  const keys = ['server', 'tls-server-name', 'insecure-skip-tls-verify', 'certificate-authority-data', 'proxy-url', 'disable-compression'] as const;
  return { ...Object.fromEntries(keys.filter((key) => cluster[key]).map((key) => [key, cluster[key]])), ...(config !== undefined && { config }) };
}

function readCredentials(text: string, apiVersion: string): { credentials: Credentials; endsMs: number } {
  const answer = parsed(text);
  const version = textAt(answer, 'apiVersion');
  if (textAt(answer, 'kind') !== 'ExecCredential') throw noCredentials(`decoding stdout: no kind ${JSON.stringify(textAt(answer, 'kind'))} is registered for version ${JSON.stringify(version)} in scheme "pkg/runtime/scheme.go:110"`);
  if (version !== apiVersion) throw noCredentials(`exec plugin is configured to use API version ${apiVersion}, plugin returned version ${version}`);
  const status = at(answer, 'status');
  if (!isObject(status)) throw noCredentials("exec plugin didn't return a status field");
  const [token, cert, key] = ['token', 'clientCertificateData', 'clientKeyData'].map((field) => textAt(status, field));
  if (!token && !cert && !key) throw noCredentials("exec plugin didn't return a token or cert/key pair");
  if (!cert !== !key) throw noCredentials('exec plugin returned only certificate or key, not both');
  const ends = textAt(status, 'expirationTimestamp');
  return { credentials: { ...(token && { token }), ...(cert && { cert }), ...(key && { key }) }, endsMs: ends === '' ? Number.POSITIVE_INFINITY : Date.parse(ends) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw noCredentials(`decoding stdout: couldn't get version/kind; json parse error: ${(error as Error).message}`);
  }
}
