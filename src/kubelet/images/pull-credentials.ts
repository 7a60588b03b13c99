import { createHash } from 'node:crypto';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { PodSpec, Secret } from '../../api/generated/core-v1.ts';
import type { AuthConfig } from '../../runtime/index.ts';
import { repositoryOf } from './image-reference.ts';
import type { PullSecret } from './pull-records.ts';

interface DockerAuth {
  username?: string;
  password?: string;
  auth?: string;
  identitytoken?: string;
}

/** Credentials for a registry, and where they come from. */
export interface FoundCredentials {
  readonly auth: AuthConfig;
  /** Undefined: they are the node's own. */
  readonly secret: PullSecret | undefined;
}

/**
 * The credentials for the registry of `image` that pull secrets hold, and the node itself (the text of a `config.json`), in the order in which they are
 * tried: those of Secrets first, the longest matching path before shorter ones.
 */
export function pullCredentials(image: string, secrets: readonly DeepReadonly<Secret>[], nodeConfig?: string): FoundCredentials[] {
  const name = repositoryOf(image);
  const ofSecrets = matching(name, secrets.flatMap((secret) => Object.entries(authsOfSecret(secret)).map(([server, auth]) => ({ server, auth, secret }))));
  const ofNode = matching(name, Object.entries(nodeConfig === undefined ? {} : authsOf(nodeConfig, true)).map(([server, auth]) => ({ server, auth, secret: undefined })));
  return [...ofSecrets, ...ofNode];
}

/** Secrets among found credentials, as they are noted once they have served. */
export function pullSecretsAmong(found: readonly FoundCredentials[]): PullSecret[] {
  return found.flatMap(({ secret }) => (secret ? [secret] : []));
}

function matching(name: string, entries: readonly { readonly server: string; readonly auth: DockerAuth; readonly secret: DeepReadonly<Secret> | undefined }[]): FoundCredentials[] {
  const found = entries.flatMap(({ server, auth, secret }) => {
    const prefix = server.replace(/^https?:\/\//, '').replace(/\/v[12]\/?$/, '').replace(/\/$/, '').replace(/^index\.docker\.io/, 'docker.io');
    return matches(name, prefix) ? [{ prefix, auth, secret }] : [];
  });
  return found.sort((a, b) => b.prefix.length - a.prefix.length).map(({ auth, secret }) => {
    const [username = '', ...password] = auth.auth ? Buffer.from(auth.auth, 'base64').toString('utf8').split(':') : [];
    // No server address: a runtime that gets one compares it with the registry's, as a URL, and these need be none.
    const config = {
      username: auth.auth ? username : (auth.username ?? ''), password: auth.auth ? password.join(':') : (auth.password ?? ''),
      ...(auth.identitytoken && { identityToken: auth.identitytoken }),
    };
    return { auth: config, secret: secret && { uid: secret.metadata.uid, namespace: secret.metadata.namespace ?? '', name: secret.metadata.name, credentialHash: createHash('sha256').update(JSON.stringify(auth)).digest('hex') } };
  });
}

/** A registry, or a part of its paths; in the name of the registry `*` stands for (a part of) one label. Source: "Images", interpretation of config.json. */
function matches(image: string, pattern: string): boolean {
  const [host = '', ...path] = pattern.split('/');
  const [imageHost = '', ...imagePath] = image.split('/');
  const [name = '', port = ''] = host.split(':');
  const [imageName = '', imagePort = ''] = imageHost.split(':');
  const [labels, imageLabels] = [name.split('.'), imageName.split('.')];
  if (port !== imagePort || labels.length !== imageLabels.length || !labels.every((label, index) => matchesLabel(imageLabels[index] ?? '', label))) return false;
  const rest = path.join('/');
  return rest === '' || `${imagePath.join('/')}/`.startsWith(`${rest}/`) || imagePath.join('/').startsWith(`${rest}:`);
}

function matchesLabel(label: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`).test(label);
}

function authsOfSecret({ data }: DeepReadonly<Secret>): Record<string, DockerAuth> {
  const config = data?.['.dockerconfigjson'];
  const text = config ?? data?.['.dockercfg'];
  return text === undefined ? {} : authsOf(Buffer.from(text, 'base64').toString('utf8'), config !== undefined);
}

/** `isWhole`: the text of a `config.json`, not of the older `.dockercfg`. */
function authsOf(text: string, isWhole: boolean): Record<string, DockerAuth> {
  try {
    const parsed = JSON.parse(text) as Record<string, unknown>;
    return ((isWhole ? parsed.auths : parsed) ?? {}) as Record<string, DockerAuth>;
  } catch (error) {
    if (error instanceof SyntaxError) return {}; // what is broken is as good as none; the registry's refusal tells
    throw error;
  }
}

/** The names of a pod's secrets with credentials of registries. */
export function pullSecretNames({ imagePullSecrets = [] }: DeepReadonly<PodSpec>): string[] {
  return imagePullSecrets.flatMap(({ name }) => (name ? [name] : []));
}
