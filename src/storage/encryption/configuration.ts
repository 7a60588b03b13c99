import { formatGoDuration, parseGoDuration } from '../../apimachinery/go-duration.ts';
import { aggregateText } from '../../apimachinery/status.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { LocalCipherName } from './local-ciphers.ts';

/**
 * What an EncryptionConfiguration (apiserver.config.k8s.io/v1) says: for the resources of a rule, the first provider writes and all of them read.
 * Source: the Kubernetes documentation, "Encrypting Confidential Data at Rest" and "kube-apiserver Encryption Configuration (v1)"; apiserver
 * pkg/apis/apiserver/validation, ValidateEncryptionConfiguration.
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
const PROVIDERS = ['kms', 'aesgcm', 'aescbc', 'secretbox', 'identity'] as const;
const NO_PROVIDER = { AESGCM: null, AESCBC: null, Secretbox: null, Identity: null, KMS: null };
const DEFAULT_KMS_TIMEOUT = '3s';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const WITHOUT_REST = new Set(['apiserveripinfo', 'serviceipallocations', 'servicenodeportallocations']);
const KMS_V1 = 'KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 instead.  '
  + 'Set --feature-gates=KMSv1=true to use the deprecated KMSv1 feature.';

/** The rules of a parsed EncryptionConfiguration. Throws Error, which tells of all that is wrong with what could be read. */
export function encryptionRules(document: unknown): EncryptionRule[] {
  const root = fields(document, 'the encryption configuration', ['apiVersion', 'kind', 'resources']);
  if (root['kind'] !== 'EncryptionConfiguration' || root['apiVersion'] !== 'apiserver.config.k8s.io/v1') {
    throw new Error('it must be of kind EncryptionConfiguration in apiVersion apiserver.config.k8s.io/v1');
  }
  const rules = new RuleReader().read(root['resources']);
  rejectMasked(rules);
  return rules;
}

interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

function parseResource(name: string): GroupResource {
  const dot = name.indexOf('.');
  return dot < 0 ? { resource: name, group: '' } : { resource: name.slice(0, dot), group: name.slice(dot + 1) };
}

/** As the file would write it: the core group by nothing, or by a dot after a star. */
function resourceText({ group, resource }: GroupResource): string {
  return group === '' && resource !== '*' ? resource : `${resource}.${group}`;
}

function resourceProblem(name: string): string | undefined {
  const { group, resource } = parseResource(name);
  if (name !== name.toLowerCase()) return 'resource name should not contain capital letters';
  if (name === '*') return "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources";
  if (WITHOUT_REST.has(name)) return 'resources which do not have REST API/s cannot be encrypted';
  if (group === 'events.k8s.io') return "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file";
  if (group === 'extensions') return "'extensions' group has been removed and cannot be used for encryption";
  return group === '*' && resource !== '*' ? 'encrypting the same resource across groups is not supported' : undefined;
}

/** Of two rules about a resource both hold; one after a wildcard that takes the resource never would. Source: pkg/server/options/encryptionconfig. */
function rejectMasked(rules: readonly EncryptionRule[]): void {
  const seen = new Set<string>();
  for (const name of rules.flatMap((rule) => rule.resources)) {
    const mask = [`*.${parseResource(name).group}`, '*.*'].find((wildcard) => seen.has(wildcard));
    if (mask !== undefined) throw new Error(`resource ${JSON.stringify(name)} is masked by earlier rule ${JSON.stringify(mask)}`);
    seen.add(name);
  }
}

/** Reads the rules, and tells of all that is wrong with them. Throws Error where something is of a wrong type. */
class RuleReader {
  readonly #errors = new FieldErrors();
  readonly #kmsNames = new Set<string>();
  #hasKmsV1 = false;

  read(document: unknown): EncryptionRule[] {
    const path = FieldPath.of('resources');
    const entries = list(document, path);
    if (entries.length === 0) this.#atLeastOne(path);
    const rules = entries.map((entry, i) => this.#rule(entry, path.index(i)));
    if (this.#errors.causes.length > 0) throw new Error(aggregateText(this.#errors.causes.map(({ field, message }) => `${field}: ${message}`)));
    if (this.#hasKmsV1) throw new Error(KMS_V1);
    return rules;
  }

  #atLeastOne(path: FieldPath, what = path.toString()): void {
    this.#errors.required(path, `at least one ${what} is required`);
  }

  #rule(entry: unknown, path: FieldPath): EncryptionRule {
    const rule = fields(entry, path, ['resources', 'providers']);
    const [resources, providers] = [path.child('resources'), path.child('providers')];
    const names = list(rule['resources'], resources).map((name, i) => text(name, resources.index(i)));
    if (names.length === 0) this.#atLeastOne(resources);
    this.#checkOverlap(names, resources);
    for (const [i, name] of names.entries()) {
      const problem = resourceProblem(name);
      if (problem !== undefined) this.#errors.invalid(resources.index(i), name, problem);
    }
    const entries = list(rule['providers'], providers);
    if (entries.length === 0) this.#atLeastOne(providers);
    return {
      resources: names.map((name) => resourceText(parseResource(name))),
      providers: entries.flatMap((provider, i) => this.#provider(provider, providers.index(i)) ?? []),
    };
  }

  #checkOverlap(names: readonly string[], path: FieldPath): void {
    const resources = names.map(parseResource);
    const texts = resources.map(resourceText);
    if (new Set(texts).size < texts.length) this.#errors.invalid(path, names, 'the same resource cannot be specified multiple times');
    const covers = (one: GroupResource): boolean => resources.some((other) => resourceText(one) !== resourceText(other)
      && (resourceText(one) === '*.*' || (one.resource === '*' && one.group === other.group)));
    if (resources.some(covers)) this.#errors.invalid(path, names, "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked");
  }

  #provider(entry: unknown, path: FieldPath): ProviderConfiguration | undefined {
    const provider = fields(entry, path, PROVIDERS);
    const [kind, ...more] = PROVIDERS.filter((name) => provider[name] !== undefined && provider[name] !== null);
    if (kind === undefined) {
      this.#errors.invalid(path, NO_PROVIDER, 'provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity');
      return undefined;
    }
    // Kubernetes prints the providers with their secrets here.
    if (more.length > 0) this.#errors.invalid(path, 'REDACTED', 'more than one provider specified in a single element, should split into different list elements');
    if (kind === 'kms') return this.#kms(provider[kind], path.child('kms'));
    if (kind !== 'identity') return this.#local(provider[kind], kind, path.child(kind));
    fields(provider[kind], path.child(kind), []);
    return { kind };
  }

  #local(entry: unknown, kind: LocalCipherName, path: FieldPath): ProviderConfiguration {
    const keysPath = path.child('keys');
    const keys = list(fields(entry, path, ['keys'])['keys'], keysPath);
    if (keys.length === 0) this.#atLeastOne(keysPath, 'keys');
    return { kind, keys: keys.map((key, i) => this.#key(key, SECRET_BYTES[kind], keysPath.index(i))) };
  }

  #key(entry: unknown, sizes: readonly number[], path: FieldPath): { name: string; secret: Buffer } {
    const key = fields(entry, path, ['name', 'secret']);
    const name = text(key['name'], path.child('name'));
    const encoded = text(key['secret'], path.child('secret')).replace(/[\r\n]/g, '');
    if (name === '') this.#errors.required(path.child('name'), 'name is a mandatory field for a key');
    const secret = Buffer.from(encoded, 'base64');
    if (encoded === '') this.#errors.required(path.child('secret'), 'secret is a mandatory field for a key');
    else if (!BASE64.test(encoded)) this.#errors.invalid(path.child('secret'), 'REDACTED', 'secrets must be base64 encoded');
    else if (!sizes.includes(secret.length)) {
      this.#errors.invalid(path.child('secret'), 'REDACTED', `secret is not of the expected length, got ${secret.length}, expected one of [${sizes.join(' ')}]`);
    }
    return { name, secret };
  }

  #kms(entry: unknown, path: FieldPath): ProviderConfiguration {
    const kms = fields(entry, path, ['apiVersion', 'name', 'endpoint', 'timeout', 'cachesize']);
    const apiVersion = text(kms['apiVersion'], path.child('apiVersion')) || 'v1';
    const name = this.#kmsName(text(kms['name'], path.child('name')), apiVersion, path.child('name'));
    const timeoutMs = this.#kmsTimeout(text(kms['timeout'], path.child('timeout')) || DEFAULT_KMS_TIMEOUT, path.child('timeout'));
    const endpoint = this.#kmsEndpoint(text(kms['endpoint'], path.child('endpoint')), path.child('endpoint'));
    const cacheSize = kms['cachesize'] ?? undefined;
    if (apiVersion !== 'v1' && cacheSize !== undefined) this.#errors.invalid(path.child('cachesize'), cacheSize, 'cachesize is not supported in v2');
    if (apiVersion === 'v1' && cacheSize === 0) this.#errors.invalid(path.child('cachesize'), 0, 'cachesize should be a positive value, or negative to disable');
    if (!['v1', 'v2'].includes(apiVersion)) this.#errors.invalid(path.child('apiVersion'), apiVersion, 'unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported');
    this.#hasKmsV1 ||= apiVersion === 'v1';
    return { kind: 'kms', name, endpoint, timeoutMs };
  }

  #kmsName(name: string, apiVersion: string, path: FieldPath): string {
    if (name === '') this.#errors.required(path, 'name is a mandatory field for a provider');
    if (apiVersion !== 'v1' && name.includes(':')) this.#errors.invalid(path, name, `invalid KMS provider name ${name}, must not contain ':'`);
    if (apiVersion !== 'v1' && this.#kmsNames.has(name)) this.#errors.invalid(path, name, `duplicate KMS provider name ${name}, names must be unique`);
    this.#kmsNames.add(name);
    return name;
  }

  #kmsTimeout(duration: string, path: FieldPath): number {
    const ms = durationMs(duration, path);
    if (ms > 0) return ms;
    this.#errors.invalid(path, ms === 0 ? '0s' : `-${formatGoDuration(-ms)}`, 'timeout should be a positive value');
    return ms;
  }

  #kmsEndpoint(endpoint: string, path: FieldPath): string {
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(endpoint)?.[1]?.toLowerCase() ?? '';
    if (endpoint === '') this.#errors.invalid(path, '', 'endpoint is a mandatory field for a kms');
    else if (scheme !== 'unix') this.#errors.invalid(path, endpoint, `unsupported scheme ${JSON.stringify(scheme)} for KMS provider, only unix is supported`);
    return endpoint.replace(/^unix:(?:\/\/)?/i, 'unix://');
  }
}

function durationMs(duration: string, path: FieldPath): number {
  try {
    return parseGoDuration(duration);
  } catch (error) {
    throw new Error(`${path.toString()}: ${(error as Error).message}`, { cause: error });
  }
}

function fields(value: unknown, path: FieldPath | string, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${path.toString()}: must be an object`);
  const unknown = Object.keys(value).find((field) => !known.includes(field));
  if (unknown !== undefined) throw new Error(`${path.toString()}: there is no field ${unknown}${known.length > 0 ? `; there are: ${known.join(', ')}` : ''}`);
  return value as Record<string, unknown>;
}

function list(value: unknown, path: FieldPath): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Error(`${path.toString()}: must be a list`);
  return value;
}

function text(value: unknown, path: FieldPath): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new Error(`${path.toString()}: must be a text`);
  return value;
}
