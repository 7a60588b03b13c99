import { dump, load, YAMLException } from 'js-yaml';

/** The parts of a kubeconfig that kubets reads and writes. Source: "Organizing Cluster Access Using kubeconfig Files". Unknown fields are kept. */
export interface Kubeconfig {
  apiVersion: 'v1';
  kind: 'Config';
  clusters: { name: string; cluster: KubeconfigCluster }[];
  users: { name: string; user: KubeconfigUser }[];
  contexts: { name: string; context: { cluster: string; user: string; namespace?: string } }[];
  'current-context': string;
  preferences?: Record<string, unknown>;
}

export interface KubeconfigCluster {
  server: string;
  'certificate-authority-data'?: string;
  'certificate-authority'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
  'proxy-url'?: string;
  'disable-compression'?: boolean;
  extensions?: { name: string; extension: unknown }[];
}

export interface KubeconfigUser {
  'client-certificate-data'?: string;
  'client-key-data'?: string;
  'client-certificate'?: string;
  'client-key'?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  as?: string;
  'as-groups'?: string[];
  'as-user-extra'?: Record<string, string[]>;
  exec?: KubeconfigExec;
  'auth-provider'?: object;
}

/** A program that gives credentials. A `command` with a slash counts from the folder of its file. */
export interface KubeconfigExec {
  apiVersion?: string;
  command?: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
  installHint?: string;
  interactiveMode?: string;
  provideClusterInfo?: boolean;
}

/** A kubeconfig with one cluster, one user and one context, all called `name`. PEM texts are put in as base64. */
export function makeKubeconfig(options: {
  name: string;
  server: string;
  certificateAuthorityPem: string;
  credentials: { certificatePem: string; keyPem: string } | { token: string };
}): Kubeconfig {
  const { name, server, credentials } = options;
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const user: KubeconfigUser =
    'token' in credentials
      ? { token: credentials.token }
      : { 'client-certificate-data': base64(credentials.certificatePem), 'client-key-data': base64(credentials.keyPem) };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(options.certificateAuthorityPem) } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
}

/** Throws Error, naming what is wrong, for a text that is no kubeconfig. An empty text is an empty kubeconfig. */
export function parseKubeconfig(text: string): Kubeconfig {
  const value = loaded(text);
  if (typeof value !== 'object' || Array.isArray(value)) throw new Error('not a kubeconfig: its top level is no mapping');
  const config = value as Partial<Kubeconfig>;
  const { kind = 'Config', apiVersion = 'v1' } = config as { kind?: string; apiVersion?: string };
  if (kind !== 'Config' || apiVersion !== 'v1') throw new Error(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50"`);
  for (const [field, type] of [['clusters', 'NamedCluster'], ['users', 'NamedAuthInfo'], ['contexts', 'NamedContext']] as const) {
    const list: unknown = config[field];
    if (list !== undefined && list !== null && !Array.isArray(list)) throw new Error(`json: cannot unmarshal ${typeof list} into Go struct field Config.${field} of type []v1.${type}`);
  }
  return {
    ...config,
    apiVersion: 'v1',
    kind: 'Config',
    clusters: config.clusters ?? [],
    users: config.users ?? [],
    contexts: config.contexts ?? [],
    'current-context': config['current-context'] ?? '',
  };
}

function loaded(text: string): object {
  if (text.trim() === '') return {};
  try {
    return (load(text) as object | null | undefined) ?? {};
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new Error(`yaml: line ${(error.mark?.line ?? 0) + 1}: ${error.reason}`, { cause: error });
  }
}

export function formatKubeconfig(config: Kubeconfig): string {
  return dump(config, { lineWidth: -1, noRefs: true });
}

/** `base` with the entries of `added` in place of those of the same name; the current context becomes that of `added`. */
export function mergeKubeconfig(base: Kubeconfig, added: Kubeconfig): Kubeconfig {
  const merged = <E extends { name: string }>(old: E[], fresh: E[]): E[] => [...old.filter((one) => !fresh.some((other) => other.name === one.name)), ...fresh];
  return {
    ...base,
    clusters: merged(base.clusters, added.clusters),
    users: merged(base.users, added.users),
    contexts: merged(base.contexts, added.contexts),
    'current-context': added['current-context'],
  };
}

/** `base` without the cluster, user and context called `name`. */
export function withoutContext(base: Kubeconfig, name: string): Kubeconfig {
  const others = <E extends { name: string }>(list: E[]): E[] => list.filter((one) => one.name !== name);
  return {
    ...base,
    clusters: others(base.clusters),
    users: others(base.users),
    contexts: others(base.contexts),
    'current-context': base['current-context'] === name ? '' : base['current-context'],
  };
}
