import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { PodSpec, Secret } from '../../api/generated/core-v1.ts';
import type { AuthConfig } from '../../runtime/index.ts';
import { registryOf } from './image-reference.ts';

interface DockerAuth {
  username?: string;
  password?: string;
  auth?: string;
  identitytoken?: string;
}

/** The credentials that these pull secrets hold for the registry of `image`, the longest matching path first. */
export function pullCredentials(image: string, secrets: readonly DeepReadonly<Secret>[]): AuthConfig | undefined {
  const found: { readonly prefix: string; readonly auth: DockerAuth }[] = [];
  const name = registryOf(image) === 'docker.io' && !image.startsWith('docker.io/') ? `docker.io/${image}` : image;
  for (const secret of secrets) {
    for (const [server, auth] of Object.entries(authsOf(secret))) {
      const prefix = server.replace(/^https?:\/\//, '').replace(/\/v[12]\/?$/, '').replace(/\/$/, '').replace(/^index\.docker\.io/, 'docker.io');
      if (matches(name, prefix)) found.push({ prefix, auth });
    }
  }
  const best = found.sort((a, b) => b.prefix.length - a.prefix.length)[0];
  if (!best) return undefined;
  const [username = '', ...password] = best.auth.auth ? Buffer.from(best.auth.auth, 'base64').toString('utf8').split(':') : [];
  return {
    username: best.auth.username ?? username,
    password: best.auth.password ?? password.join(':'),
    serverAddress: best.prefix,
    ...(best.auth.identitytoken && { identityToken: best.auth.identitytoken }),
  };
}

/** A registry, or a part of its paths; in the name of the registry `*` stands for (a part of) one label. Source: "Images", interpretation of config.json. */
function matches(image: string, pattern: string): boolean {
  const [host = '', ...path] = pattern.split('/');
  const [imageHost = '', ...imagePath] = image.split('/');
  const [labels, imageLabels] = [host.split('.'), imageHost.split('.')];
  if (labels.length !== imageLabels.length || !labels.every((label, index) => matchesLabel(imageLabels[index] ?? '', label))) return false;
  const rest = path.join('/');
  return rest === '' || `${imagePath.join('/')}/`.startsWith(`${rest}/`) || imagePath.join('/').startsWith(`${rest}:`);
}

function matchesLabel(label: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`).test(label);
}

function authsOf(secret: DeepReadonly<Secret>): Record<string, DockerAuth> {
  const config = secret.data?.['.dockerconfigjson'];
  const legacy = secret.data?.['.dockercfg'];
  const text = config ?? legacy;
  if (text === undefined) return {};
  try {
    const parsed = JSON.parse(Buffer.from(text, 'base64').toString('utf8')) as Record<string, unknown>;
    return ((config === undefined ? parsed : parsed.auths) ?? {}) as Record<string, DockerAuth>;
  } catch (error) {
    if (error instanceof SyntaxError) return {}; // a broken secret is as good as none; the registry's refusal tells
    throw error;
  }
}

/** The names of a pod's secrets with credentials of registries. */
export function pullSecretNames({ imagePullSecrets = [] }: DeepReadonly<PodSpec>): string[] {
  return imagePullSecrets.flatMap(({ name }) => (name ? [name] : []));
}
