import { dump, load } from 'js-yaml';

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
  exec?: object;
  'auth-provider'?: object;
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
  const value: unknown = text.trim() === '' ? {} : (load(text) ?? {});
  if (typeof value !== 'object' || Array.isArray(value)) throw new Error('not a kubeconfig: its top level is no mapping');
  const config = value as Partial<Kubeconfig>;
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
