import type { LocalCipherName } from './local-ciphers.ts';

/**
 * What an EncryptionConfiguration (apiserver.config.k8s.io/v1) says: for the resources of a rule, the first provider writes and all of them read.
 * Source: the Kubernetes documentation, "Encrypting Confidential Data at Rest" and "kube-apiserver Encryption Configuration (v1)".
 */
export interface EncryptionRule {
  /** `secrets`, `deployments.apps`; `*.apps`: all of a group; `*.`: of the core group; `*.*`: everything. */
  readonly resources: readonly string[];
  readonly providers: readonly ProviderConfiguration[];
}

export type ProviderConfiguration =
  | { readonly kind: 'identity' }
  | { readonly kind: LocalCipherName; readonly keys: readonly { readonly name: string; readonly secret: Buffer }[] }
  | { readonly kind: 'kms'; readonly name: string; readonly endpoint: string; readonly timeoutMs: number };

const SECRET_BYTES: Readonly<Record<LocalCipherName, readonly number[]>> = { aesgcm: [16, 24, 32], aescbc: [16, 24, 32], secretbox: [32] };
const PROVIDERS = ['aesgcm', 'aescbc', 'secretbox', 'identity', 'kms'];
const DEFAULT_KMS_TIMEOUT_MS = 3000;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m)$/;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** The rules of a parsed EncryptionConfiguration. Throws Error that names the place of the first mistake. */
export function encryptionRules(document: unknown): EncryptionRule[] {
  const root = fields(document, 'the encryption configuration', ['apiVersion', 'kind', 'resources']);
  if (root['kind'] !== 'EncryptionConfiguration' || root['apiVersion'] !== 'apiserver.config.k8s.io/v1') {
    throw new Error('it must be of kind EncryptionConfiguration in apiVersion apiserver.config.k8s.io/v1');
  }
  const rules = list(root['resources'], 'resources').map((entry, i) => ruleOf(entry, `resources[${i}]`));
  rejectShadowed(rules);
  rejectSharedKmsNames(rules);
  return rules;
}

function ruleOf(entry: unknown, path: string): EncryptionRule {
  const rule = fields(entry, path, ['resources', 'providers']);
  const resources = list(rule['resources'], `${path}.resources`).map((name, i) => resourceName(name, `${path}.resources[${i}]`));
  const providers = list(rule['providers'], `${path}.providers`).map((provider, i) => providerOf(provider, `${path}.providers[${i}]`));
  return { resources, providers };
}

function resourceName(name: unknown, path: string): string {
  if (typeof name !== 'string' || name === '') throw new Error(`${path}: must be the name of a resource, such as secrets or deployments.apps`);
  if (name !== name.toLowerCase()) throw new Error(`${path}: ${name} must be in lower case`);
  if (name === '*') throw new Error(`${path}: use *. for all resources of the core group, *.* for all resources`);
  if (name.includes('/')) throw new Error(`${path}: ${name} is a subresource: only whole resources are stored`);
  if (name.indexOf('*') > 0 || (name.startsWith('*') && name[1] !== '.')) throw new Error(`${path}: ${name}: a * stands for all resources of a group, as in *.apps`);
  return name;
}

/** A rule of which an earlier wildcard takes everything, or a resource named twice, would never be used. */
function rejectShadowed(rules: readonly EncryptionRule[]): void {
  const seen = new Set<string>();
  for (const name of rules.flatMap((rule) => rule.resources)) {
    const group = name.includes('.') ? name.slice(name.indexOf('.') + 1) : '';
    const cover = ['*.*', `*.${group}`, name].find((earlier) => seen.has(earlier));
    if (cover !== undefined) throw new Error(`resources: ${name} is never used: ${cover} stands before it`);
    seen.add(name);
  }
}

function rejectSharedKmsNames(rules: readonly EncryptionRule[]): void {
  const names = new Map<string, string>();
  for (const provider of rules.flatMap((rule) => rule.providers)) {
    if (provider.kind !== 'kms') continue;
    if ((names.get(provider.name) ?? provider.endpoint) !== provider.endpoint) throw new Error(`resources: the kms name ${provider.name} stands for two endpoints`);
    names.set(provider.name, provider.endpoint);
  }
}

function providerOf(entry: unknown, path: string): ProviderConfiguration {
  const provider = fields(entry, path, PROVIDERS);
  const [kind, ...more] = Object.keys(provider);
  if (kind === undefined || more.length > 0) throw new Error(`${path}: must hold exactly one provider of ${PROVIDERS.join(', ')}`);
  if (kind === 'identity') {
    fields(provider[kind] ?? {}, `${path}.identity`, []);
    return { kind };
  }
  if (kind === 'kms') return kmsOf(provider[kind], `${path}.kms`);
  const cipher = kind as LocalCipherName;
  const { keys } = fields(provider[kind], `${path}.${kind}`, ['keys']);
  const parsed = list(keys, `${path}.${kind}.keys`).map((key, i) => keyOf(key, cipher, `${path}.${kind}.keys[${i}]`));
  const twice = parsed.find((key, i) => parsed.findIndex((other) => other.name === key.name) !== i);
  if (twice) throw new Error(`${path}.${kind}.keys: the name ${twice.name} is given twice`);
  return { kind: cipher, keys: parsed };
}

function keyOf(entry: unknown, cipher: LocalCipherName, path: string): { name: string; secret: Buffer } {
  const { name, secret } = fields(entry, path, ['name', 'secret']);
  if (typeof name !== 'string' || name === '' || name.includes(':')) throw new Error(`${path}.name: must be a name without colons`);
  const bytes = typeof secret === 'string' ? Buffer.from(secret, 'base64') : Buffer.alloc(0);
  if (bytes.toString('base64') !== secret) throw new Error(`${path}.secret: must be base64`);
  const sizes = SECRET_BYTES[cipher];
  if (!sizes.includes(bytes.length)) throw new Error(`${path}.secret: must be ${sizes.join(', ').replace(/, (\d+)$/, ' or $1')} bytes, has ${bytes.length}`);
  return { name, secret: bytes };
}

function kmsOf(entry: unknown, path: string): ProviderConfiguration {
  const { apiVersion, name, endpoint, timeout = `${DEFAULT_KMS_TIMEOUT_MS}ms` } = fields(entry, path, ['apiVersion', 'name', 'endpoint', 'timeout']);
  if (apiVersion !== 'v2') throw new Error(`${path}.apiVersion: must be v2`);
  if (typeof name !== 'string' || name === '' || name.includes(':')) throw new Error(`${path}.name: must be a name without colons`);
  if (typeof endpoint !== 'string' || !endpoint.startsWith('unix://')) throw new Error(`${path}.endpoint: must be a socket, as unix:///run/kms.sock`);
  const duration = DURATION.exec(String(timeout));
  if (!duration || Number(duration[1]) === 0) throw new Error(`${path}.timeout: must be a duration above 0, such as 3s`);
  return { kind: 'kms', name, endpoint, timeoutMs: Number(duration[1]) * (UNIT_MS[duration[2] ?? ''] ?? 1) };
}

function fields(value: unknown, path: string, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${path}: must be an object`);
  const unknown = Object.keys(value).find((field) => !known.includes(field));
  if (unknown !== undefined) throw new Error(`${path}: there is no field ${unknown}${known.length > 0 ? `; there are: ${known.join(', ')}` : ''}`);
  return value as Record<string, unknown>;
}

function list(value: unknown, path: string): unknown[] {
  if (!Array.isArray(value) || value.length === 0) throw new Error(`${path}: must be a list that is not empty`);
  return value;
}
