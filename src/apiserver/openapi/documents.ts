/** The OpenAPI documents of the server, built when they are first asked for. */
import { createHash } from 'node:crypto';
import type { SchemaRegistry } from '../../apimachinery/schema/package.ts';
import type { ApiGroups, ApiVersion } from '../discovery/api-groups.ts';
import { Definitions, V2, V3, VERSION_INFO, type Descriptions, type Dialect, type GroupVersionKind, type Json } from './definitions.ts';
import { customSchemaIn } from './custom-schema.ts';
import { basePath, customDefinitionName, groupId, groupTag } from './names.ts';
import { informationPath, pathsOf, type BodyRef, type Operation, type Path } from './operations.ts';
import { SHARED_BODIES, type Parameter } from './parameters.ts';
import { everyGroupVersion } from './scheme.ts';
import { stringifyWhole } from '../../apimachinery/whole-numbers.ts';

export interface DocumentContext {
  readonly groups: ApiGroups;
  readonly schemas: SchemaRegistry;
  readonly descriptions: Descriptions;
  /** Whether DELETE of a resource answers the object. */
  readonly returnsObject: (group: string, resource: string) => boolean;
}

const TITLE = 'Kubernetes';
const SERVER_VERSION = 'v1.36.1';
const SECURITY = { BearerToken: { type: 'apiKey', description: 'Bearer Token authentication', name: 'authorization', in: 'header' } };
const RESPONSE_TEXTS: Readonly<Record<string, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

function parameterKey({ name, in: place }: Parameter): string {
  return `${place}/${name}`;
}

/** Parameters that all operations of a path have are stated once, at the path. */
function splitParameters(operations: readonly Operation[]): { shared: readonly Parameter[]; own: (operation: Operation) => readonly Parameter[] } {
  const [first, ...rest] = operations;
  const sameIn = (operation: Operation, one: Parameter): boolean => operation.parameters.some((other) => parameterKey(other) === parameterKey(one) && other.sharedName === one.sharedName);
  const shared = (first?.parameters ?? []).filter((one) => rest.every((operation) => sameIn(operation, one)));
  const keys = new Set(shared.map(parameterKey));
  const byName = (list: readonly Parameter[]): Parameter[] => [...list].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.in < b.in ? -1 : 1));
  return { shared: byName(shared), own: (operation) => byName(operation.parameters.filter((one) => !keys.has(parameterKey(one)))) };
}

function operationHead({ operationId, description, tag, action, gvk }: Operation): Json {
  return {
    tags: [tag], description, operationId,
    ...(action !== undefined && { 'x-kubernetes-action': action }),
    ...(gvk && { 'x-kubernetes-group-version-kind': { group: gvk.group, kind: gvk.kind, version: gvk.version } }),
  };
}

function schemaOf(ref: BodyRef, definitions: Definitions): Json {
  if (!ref) return { type: 'string' };
  if ('custom' in ref) return definitions.refToCustom(ref.custom);
  return ref.message === VERSION_INFO ? definitions.refToNamed(VERSION_INFO) : definitions.refToMessage(ref.message);
}

/** Version 3: one document a group version. */
function pathsV3(paths: readonly Path[], definitions: Definitions): Json {
  const parameter = ({ name, in: place, type, description }: Parameter): Json => ({
    name, in: place, description, ...(place === 'path' && { required: true }), schema: { type, uniqueItems: true },
  });
  const content = (types: readonly string[], ref: BodyRef): Json => Object.fromEntries([...types].sort().map((type) => [type, { schema: schemaOf(ref, definitions) }]));
  return Object.fromEntries(paths.map(({ path, operations }) => {
    const { shared, own } = splitParameters(operations);
    const item: Json = shared.length > 0 ? { parameters: shared.map(parameter) } : {};
    for (const operation of operations) {
      const parameters = own(operation);
      item[operation.method] = {
        ...operationHead(operation),
        ...(parameters.length > 0 && { parameters: parameters.map(parameter) }),
        ...(operation.body && { requestBody: { content: content(operation.body.consumes, operation.body.ref), ...(operation.body.required && { required: true }) } }),
        responses: {
          ...Object.fromEntries(Object.entries(operation.responses).map(([code, ref]) => [code, { description: RESPONSE_TEXTS[code], content: content(operation.produces, ref) }])),
          401: { description: 'Unauthorized' },
        },
      };
    }
    return [path, item];
  }));
}

/** Version 2: one document for all. Shared parameters and bodies are stated once. */
class PathsV2 {
  readonly #definitions: Definitions;
  readonly parameters: Json = {};

  constructor(definitions: Definitions) {
    this.#definitions = definitions;
  }

  #parameter({ name, in: place, type, description, sharedName }: Parameter): Json {
    const stated = { uniqueItems: true, type, description, name, in: place, ...(place === 'path' && { required: true }) };
    if (sharedName === undefined) return stated;
    this.parameters[sharedName] ??= stated;
    return { $ref: `#/parameters/${sharedName}` };
  }

  #body({ ref, required }: NonNullable<Operation['body']>): Json {
    const stated: Json = { name: 'body', in: 'body', ...(required && { required: true }), schema: schemaOf(ref, this.#definitions) };
    const sharedName = ref && 'message' in ref ? SHARED_BODIES[ref.message] : undefined;
    if (sharedName === undefined) return stated;
    this.parameters[sharedName] ??= stated;
    return { $ref: `#/parameters/${sharedName}` };
  }

  build(paths: readonly Path[]): Json {
    return Object.fromEntries(paths.map(({ path, operations }) => {
      const { shared, own } = splitParameters(operations);
      const item: Json = shared.length > 0 ? { parameters: shared.map((one) => this.#parameter(one)) } : {};
      for (const operation of operations) {
        const parameters = [...(operation.body ? [this.#body(operation.body)] : []), ...own(operation).map((one) => this.#parameter(one))];
        item[operation.method] = {
          ...operationHead(operation),
          schemes: ['https'],
          consumes: operation.body ? operation.body.consumes : operation.action === undefined ? operation.produces : ['*/*'],
          produces: operation.produces,
          ...(parameters.length > 0 && { parameters }),
          responses: {
            ...Object.fromEntries(Object.entries(operation.responses).map(([code, ref]) => [code, { description: RESPONSE_TEXTS[code], schema: schemaOf(ref, this.#definitions) }])),
            401: { description: 'Unauthorized' },
          },
        };
      }
      return [path, item];
    }));
  }
}

/** Builds documents from what is served at the moment. */
export class Documents {
  readonly #context: DocumentContext;

  constructor(context: DocumentContext) {
    this.#context = context;
  }

  /** The keys of the index of version 3: `api/v1`, `apis/apps/v1`, `version` ... */
  get keys(): string[] {
    const keys = ['.well-known/openid-configuration', 'api', 'apis', 'openid/v1/jwks', 'version'];
    for (const { name, versions } of this.#context.groups.all) {
      if (versions.some((version) => !isCustom(version)) && name !== '') keys.push(`apis/${name}`);
      for (const { group, version } of versions) keys.push(basePath(group, version).slice(1));
    }
    return keys.sort();
  }

  has(key: string): boolean {
    return this.#pathsOfKey(key) !== undefined;
  }

  /** Changes with the document of a key, and is known without building it. */
  fingerprint(key: string): string {
    const version = this.#pathsOfKey(key)?.version;
    return createHash('sha512').update(`${SERVER_VERSION} ${key} ${stringifyWhole(version?.resources ?? [])}`).digest('hex').toUpperCase();
  }

  /** The document of a key in version 3; undefined for an unknown one. */
  v3(key: string): Json | undefined {
    const found = this.#pathsOfKey(key);
    if (!found) return undefined;
    const { paths, version } = found;
    const definitions = this.#definitions(V3, version ? [version] : []);
    for (const resource of version?.resources ?? []) if (resource.schema && version) definitions.refToCustom(customDefinitionName(version.group, version.version, resource.kind));
    const built = pathsV3(paths, definitions);
    const info = { title: version && isCustom(version) ? 'Kubernetes CRD Swagger' : TITLE, version: version && isCustom(version) ? 'v0.1.0' : 'unversioned' };
    return { openapi: '3.0.0', info, paths: built, components: { schemas: definitions.all, ...(!(version && isCustom(version)) && { securitySchemes: SECURITY }) } };
  }

  v2(): Json {
    const versions = this.#context.groups.all.flatMap((group) => group.versions);
    const definitions = this.#definitions(V2, versions);
    const writer = new PathsV2(definitions);
    const paths = this.keys.flatMap((key) => this.#pathsOfKey(key)?.paths ?? []).sort((a, b) => (a.path < b.path ? -1 : 1));
    const built = writer.build(paths);
    const parameters = Object.fromEntries(Object.entries(writer.parameters).sort(([a], [b]) => (a < b ? -1 : 1)));
    return { swagger: '2.0', info: { title: TITLE, version: SERVER_VERSION }, paths: built, definitions: definitions.all, parameters, securityDefinitions: SECURITY, security: [{ BearerToken: [] }] };
  }

  #pathsOfKey(key: string): { paths: readonly Path[]; version?: ApiVersion } | undefined {
    const { groups, returnsObject } = this.#context;
    const own = INFORMATION[key];
    if (own) return { paths: [own] };
    const [root, group = '', name = '', ...rest] = key.split('/');
    if (rest.length > 0) return undefined;
    const version = root === 'api' ? groups.version('', group) : root === 'apis' ? groups.version(group, name) : undefined;
    if (version && (root === 'apis' || name === '')) return { paths: pathsOf(version, { returnsObject }), version };
    if (root !== 'apis' || name !== '' || !groups.find(group) || group === '') return undefined;
    return { paths: [informationPath(`/apis/${group}/`, { operationId: `get${groupId(group)}APIGroup`, description: 'get information of a group', tag: groupTag(group), message: 'meta.v1.APIGroup' })] };
  }

  #definitions(dialect: Dialect, versions: readonly ApiVersion[]): Definitions {
    const { schemas, descriptions } = this.#context;
    const kinds = kindsByMessage(versions);
    const custom = new Map<string, Json>();
    for (const { group, version, resources } of versions) {
      for (const { kind, listKind, schema } of resources) {
        if (!schema) continue;
        const name = customDefinitionName(group, version, kind);
        const meta = (message: string): string => `${dialect.refPrefix}io.k8s.apimachinery.pkg.apis.meta.v1.${message}`;
        custom.set(name, customSchemaIn(schema as Json, dialect));
        custom.set(customDefinitionName(group, version, listKind), listDefinition({ group, version, kind: listKind }, `${dialect.refPrefix}${name}`, meta('ListMeta')));
      }
    }
    const definitions = new Definitions({ schemas, dialect, descriptions, custom, kindsOf: (message) => kindsOf(message, kinds, dialect, versions) });
    if (custom.size > 0) for (const message of ['meta.v1.ObjectMeta', 'meta.v1.ListMeta']) definitions.refToMessage(message);
    return definitions;
  }
}

const INFORMATION: Readonly<Record<string, Path | undefined>> = {
  api: informationPath('/api/', { operationId: 'getCoreAPIVersions', description: 'get available API versions', tag: 'core', message: 'meta.v1.APIVersions' }),
  apis: informationPath('/apis/', { operationId: 'getAPIVersions', description: 'get available API versions', tag: 'apis', message: 'meta.v1.APIGroupList' }),
  version: informationPath('/version/', { operationId: 'getCodeVersion', description: 'get the version information for this server', tag: 'version', message: VERSION_INFO, produces: ['application/json'] }),
  'openid/v1/jwks': informationPath('/openid/v1/jwks/', {
    operationId: 'getServiceAccountIssuerOpenIDKeyset', description: 'get service account issuer OpenID JSON Web Key Set', tag: 'openid', produces: ['application/jwk-set+json'],
  }),
  '.well-known/openid-configuration': informationPath('/.well-known/openid-configuration/', {
    operationId: 'getServiceAccountIssuerOpenIDConfiguration', description: 'get service account issuer OpenID configuration, also known as the OIDC discovery doc', tag: 'WellKnown', produces: ['application/json'],
  }),
};

function isCustom(version: ApiVersion): boolean {
  return version.resources.some((resource) => resource.schema !== undefined);
}

function kindsByMessage(versions: readonly ApiVersion[]): ReadonlyMap<string, readonly GroupVersionKind[]> {
  const kinds = new Map<string, GroupVersionKind[]>();
  const add = (message: string, gvk: GroupVersionKind): void => void kinds.set(message, [...(kinds.get(message) ?? []), gvk]);
  for (const { group, version, resources } of versions) {
    for (const { message, kind, listKind, verbs } of resources) {
      if (message === undefined) continue;
      add(message, { group, version, kind });
      if (verbs.includes('list')) add(message.slice(0, message.lastIndexOf('.') + 1) + listKind, { group, version, kind: listKind });
    }
  }
  return kinds;
}

/** Messages that are kinds of a group of their own, wherever they are used. */
const META_KINDS: ReadonlySet<string> = new Set(['Status', 'APIResourceList', 'APIGroupList', 'APIGroup', 'APIVersions']);
/** Messages that every group version has. */
const COMMON_KINDS: ReadonlySet<string> = new Set(['DeleteOptions', 'WatchEvent']);

function kindsOf(message: string, kinds: ReadonlyMap<string, readonly GroupVersionKind[]>, { isV3 }: Dialect, versions: readonly ApiVersion[]): readonly GroupVersionKind[] {
  const name = message.slice(message.lastIndexOf('.') + 1);
  if (message.startsWith('meta.v1.')) {
    if (META_KINDS.has(name)) return [{ group: '', version: 'v1', kind: name }];
    if (!COMMON_KINDS.has(name)) return [];
    const own = isV3 ? [{ group: '', version: 'v1' }, ...versions.filter((version) => version.group !== '')] : everyGroupVersion;
    return own.map(({ group, version }) => ({ group, version, kind: name }));
  }
  const known = kinds.get(message);
  if (known) return known;
  // Kinds that are no resource of this document: a claim in a stateful set, a Scale, an Eviction.
  return EMBEDDED_KINDS[message] ?? [];
}

const EMBEDDED_KINDS: Readonly<Record<string, readonly GroupVersionKind[] | undefined>> = {
  'core.v1.PersistentVolumeClaim': [{ group: '', version: 'v1', kind: 'PersistentVolumeClaim' }],
  'autoscaling.v1.Scale': [{ group: 'autoscaling', version: 'v1', kind: 'Scale' }],
  'policy.v1.Eviction': [{ group: 'policy', version: 'v1', kind: 'Eviction' }],
  'authentication.v1.TokenRequest': [{ group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' }],
};

function listDefinition({ group, version, kind }: GroupVersionKind, item: string, listMeta: string): Json {
  return {
    description: `${kind} is a list of ${kind.replace(/List$/, '')}`, type: 'object', required: ['items'],
    properties: {
      apiVersion: { type: 'string' }, items: { description: `List of ${kind.replace(/List$/, '').toLowerCase()}s.`, type: 'array', items: { $ref: item } }, kind: { type: 'string' },
      metadata: { description: 'Standard list metadata.', $ref: listMeta },
    },
    'x-kubernetes-group-version-kind': [{ group, kind, version }],
  };
}
