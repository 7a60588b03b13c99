/** Every path and operation of a group version, in a form from which both versions of OpenAPI are written. Source: apiserver pkg/endpoints/installer.go. */
import type { ApiResource, ApiSubresource, ApiVersion } from '../discovery/api-groups.ts';
import { basePath, customDefinitionName, groupVersionId, tagOf } from './names.ts';
import {
  DELETE_COLLECTION_PARAMETERS, DELETE_PARAMETERS, LIST_PARAMETERS, nameParameter, NAMESPACE, PATCH_PARAMETERS, PATH, PRETTY, WRITE_PARAMETERS, type Parameter,
} from './parameters.ts';

export type Method = 'get' | 'put' | 'post' | 'delete' | 'options' | 'head' | 'patch';

/** `message:` names one of the catalogue, `custom:` a definition of a custom kind; undefined is a text. */
export type BodyRef = { readonly message: string } | { readonly custom: string } | undefined;

export interface Operation {
  readonly method: Method;
  readonly operationId: string;
  readonly description: string;
  readonly tag: string;
  readonly action?: string;
  readonly gvk?: { readonly group: string; readonly version: string; readonly kind: string };
  readonly parameters: readonly Parameter[];
  readonly body?: { readonly ref: BodyRef; readonly consumes: readonly string[]; readonly required: boolean };
  readonly produces: readonly string[];
  /** Answers besides 401, each with what it holds. */
  readonly responses: Readonly<Record<number, BodyRef>>;
}

export interface Path {
  readonly path: string;
  readonly operations: readonly Operation[];
}

const JSON_YAML = ['application/json', 'application/yaml'];
const MEDIA = [...JSON_YAML, 'application/vnd.kubernetes.protobuf'];
const STREAMS = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'];
const PATCHES = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json', 'application/apply-patch+yaml'];
const ANY = ['*/*'];

const messageRef = (message: string): BodyRef => ({ message });

const PROXY = { path: 'string' } as const;
const STREAM = { container: 'string', stderr: 'boolean', stdin: 'boolean', stdout: 'boolean', tty: 'boolean' } as const;
/** The parameters of exec, log and their kin, which are no messages of the catalogue. */
const OPTIONS: Readonly<Record<string, Readonly<Record<string, Parameter['type']>> | undefined>> = {
  PodAttachOptions: STREAM,
  PodExecOptions: { command: 'string', ...STREAM },
  PodPortForwardOptions: { ports: 'integer' },
  PodLogOptions: {
    container: 'string', follow: 'boolean', insecureSkipTLSVerifyBackend: 'boolean', limitBytes: 'integer', previous: 'boolean', sinceSeconds: 'integer', stream: 'string', tailLines: 'integer',
    timestamps: 'boolean',
  },
  PodProxyOptions: PROXY, NodeProxyOptions: PROXY, ServiceProxyOptions: PROXY,
};

function optionParameters(kind: string): Parameter[] {
  return Object.entries(OPTIONS[kind] ?? {}).map(([name, type]) => ({ name, in: 'query', type, description: `As in ${kind}.` }));
}

/** Builds the operations of one resource. */
class ResourcePaths {
  readonly #version: ApiVersion;
  readonly #resource: ApiResource;
  readonly #returnsObject: boolean;
  readonly paths: Path[] = [];

  constructor(version: ApiVersion, resource: ApiResource, context: { returnsObject: boolean }) {
    this.#version = version;
    this.#resource = resource;
    this.#returnsObject = context.returnsObject;
  }

  build(): readonly Path[] {
    const { name, namespaced } = this.#resource;
    const base = basePath(this.#version.group, this.#version.version);
    const own = namespaced ? `${base}/namespaces/{namespace}/${name}` : `${base}/${name}`;
    const scope = namespaced ? [NAMESPACE] : [];
    if (namespaced && this.#has('list')) this.#add(`${base}/${name}`, [this.#list('ForAllNamespaces', [])]);
    this.#add(own, [this.#has('list') && this.#list('', scope), this.#has('create') && this.#create(scope), this.#has('deletecollection') && this.#deleteCollection(scope)]);
    const item = [nameParameter(this.#resource.kind), ...scope];
    this.#add(`${own}/{name}`, [this.#has('get') && this.#get(item), this.#has('update') && this.#replace(item), this.#has('patch') && this.#patch(item), this.#has('delete') && this.#delete(item)]);
    for (const subresource of this.#resource.subresources) this.#subresource(`${own}/{name}/${subresource.name}`, subresource, scope);
    if (this.#has('watch')) this.#watches(base, own.slice(base.length), scope);
    return this.paths;
  }

  get #isCustom(): boolean {
    return this.#resource.schema !== undefined;
  }

  get #media(): readonly string[] {
    return this.#isCustom ? JSON_YAML : MEDIA;
  }

  #has(verb: string): boolean {
    return this.#resource.verbs.includes(verb);
  }

  #add(path: string, operations: readonly (Operation | false)[]): void {
    const kept = operations.filter((one) => one !== false);
    if (kept.length > 0) this.paths.push({ path, operations: kept });
  }

  #id(verb: string, tail: string, middle = ''): string {
    const namespaced = this.#resource.namespaced && !tail.endsWith('ForAllNamespaces') ? 'Namespaced' : '';
    return `${verb}${groupVersionId(this.#version.group, this.#version.version)}${middle}${namespaced}${this.#resource.kind}${tail}`;
  }

  #common(kind = this.#resource.kind, group = this.#version.group, version = this.#version.version): Pick<Operation, 'tag' | 'gvk'> {
    return { tag: tagOf(this.#version.group, this.#version.version), gvk: { group, version, kind } };
  }

  #ref(kind: string): BodyRef {
    const { group, version } = this.#version;
    if (this.#isCustom) return { custom: customDefinitionName(group, version, kind) };
    const message = this.#resource.message ?? '';
    return messageRef(message.slice(0, message.lastIndexOf('.') + 1) + kind);
  }

  get #kindRef(): BodyRef {
    return this.#ref(this.#resource.kind);
  }

  #list(tail: string, scope: readonly Parameter[]): Operation {
    const streams = this.#isCustom ? [] : STREAMS;
    return {
      ...this.#common(), method: 'get', operationId: this.#id('list', tail), description: `list or watch objects of kind ${this.#resource.kind}`, action: 'list',
      parameters: [...LIST_PARAMETERS, PRETTY, ...scope], produces: [...this.#media, ...streams], responses: { 200: this.#ref(this.#resource.listKind) },
    };
  }

  #create(scope: readonly Parameter[]): Operation {
    const ref = this.#kindRef;
    return {
      ...this.#common(), method: 'post', operationId: this.#id('create', ''), description: `create a ${this.#resource.kind}`, action: 'post',
      parameters: [...WRITE_PARAMETERS, PRETTY, ...scope], body: { ref, consumes: this.#consumes, required: true }, produces: this.#media, responses: { 200: ref, 201: ref, 202: ref },
    };
  }

  get #consumes(): readonly string[] {
    return this.#isCustom ? JSON_YAML : ANY;
  }

  #deleteCollection(scope: readonly Parameter[]): Operation {
    return {
      ...this.#common(), method: 'delete', operationId: this.#id('delete', '', 'Collection'), description: `delete collection of ${this.#resource.kind}`, action: 'deletecollection',
      parameters: [...DELETE_COLLECTION_PARAMETERS, PRETTY, ...scope], produces: this.#media, responses: { 200: messageRef('meta.v1.Status') },
      // Custom objects are deleted in bulk without options in the body.
      ...(!this.#isCustom && { body: { ref: messageRef('meta.v1.DeleteOptions'), consumes: ANY, required: false } }),
    };
  }

  #get(item: readonly Parameter[]): Operation {
    const extra = this.#isCustom ? LIST_PARAMETERS.filter((one) => one.name === 'resourceVersion') : [];
    return {
      ...this.#common(), method: 'get', operationId: this.#id('read', ''), description: `read the specified ${this.#resource.kind}`, action: 'get',
      parameters: [...item, PRETTY, ...extra], produces: this.#media, responses: { 200: this.#kindRef },
    };
  }

  #replace(item: readonly Parameter[]): Operation {
    const ref = this.#kindRef;
    return {
      ...this.#common(), method: 'put', operationId: this.#id('replace', ''), description: `replace the specified ${this.#resource.kind}`, action: 'put',
      parameters: [...item, ...WRITE_PARAMETERS, PRETTY], body: { ref, consumes: this.#consumes, required: true }, produces: this.#media, responses: { 200: ref, 201: ref },
    };
  }

  #patch(item: readonly Parameter[]): Operation {
    const ref = this.#kindRef;
    const responses: Record<number, BodyRef> = this.#isCustom ? { 200: ref } : { 200: ref, 201: ref };
    return {
      ...this.#common(), method: 'patch', operationId: this.#id('patch', ''), description: `partially update the specified ${this.#resource.kind}`, action: 'patch',
      parameters: [...item, ...PATCH_PARAMETERS, PRETTY], body: { ref: messageRef('meta.v1.Patch'), consumes: this.#patches, required: true }, produces: this.#media, responses,
    };
  }

  get #patches(): readonly string[] {
    return this.#isCustom ? PATCHES.filter((one) => !one.includes('strategic')) : PATCHES;
  }

  #delete(item: readonly Parameter[]): Operation {
    const ref = this.#returnsObject ? this.#kindRef : messageRef('meta.v1.Status');
    return {
      ...this.#common(), method: 'delete', operationId: this.#id('delete', ''), description: `delete a ${this.#resource.kind}`, action: 'delete',
      parameters: [...item, ...DELETE_PARAMETERS, PRETTY], body: { ref: messageRef('meta.v1.DeleteOptions'), consumes: this.#consumes, required: false }, produces: this.#media,
      responses: { 200: ref, 202: ref },
    };
  }

  #watches(base: string, own: string, scope: readonly Parameter[]): void {
    const { kind, name, namespaced, verbs } = this.#resource;
    if (this.#isCustom) return;
    const watch = (operationId: string, action: string, parameters: readonly Parameter[]): Operation => ({
      ...this.#common(), method: 'get', operationId, action, description: `watch changes to objects of kind ${kind}`,
      parameters: [...LIST_PARAMETERS, PRETTY, ...parameters], produces: [...MEDIA, ...STREAMS], responses: { 200: messageRef('meta.v1.WatchEvent') },
    });
    if (namespaced) this.#add(`${base}/watch/${name}`, [watch(this.#id('watch', 'ListForAllNamespaces'), 'watchlist', [])]);
    this.#add(`${base}/watch${own}`, [watch(this.#id('watch', 'List'), 'watchlist', scope)]);
    if (verbs.includes('get')) this.#add(`${base}/watch${own}/{name}`, [watch(this.#id('watch', ''), 'watch', [nameParameter(kind), ...scope])]);
  }

  #subresource(path: string, one: ApiSubresource, scope: readonly Parameter[]): void {
    if (one.kind.endsWith('Options')) {
      this.#connects(path, one, scope);
      return;
    }
    const group = one.group || this.#version.group;
    const version = one.version || this.#version.version;
    const tail = one.name.charAt(0).toUpperCase() + one.name.slice(1);
    const ref = one.group === '' ? this.#ref(one.kind) : messageRef(`${one.group.replace(/\.k8s\.io$/, '')}.${version}.${one.kind}`);
    const item = [nameParameter(one.kind), ...scope];
    const common = this.#common(one.kind, group, version);
    const what = `${one.name} of the specified ${this.#resource.kind}`;
    const isLog = one.name === 'log';
    this.#add(path, [
      one.verbs.includes('get') && {
        ...common, method: 'get', operationId: this.#id('read', tail), description: `read ${what}`, action: 'get', responses: { 200: isLog ? undefined : ref },
        parameters: [...item, PRETTY, ...(isLog ? optionParameters('PodLogOptions') : []), ...(this.#isCustom ? LIST_PARAMETERS.filter((p) => p.name === 'resourceVersion') : [])],
        produces: isLog ? ['text/plain', ...this.#media] : this.#media,
      },
      one.verbs.includes('update') && {
        ...common, method: 'put', operationId: this.#id('replace', tail), description: `replace ${what}`, action: 'put', parameters: [...item, ...WRITE_PARAMETERS, PRETTY],
        body: { ref, consumes: this.#consumes, required: true }, produces: this.#media, responses: { 200: ref, 201: ref },
      },
      one.verbs.includes('create') && {
        ...common, method: 'post', operationId: this.#id('create', tail), description: `create ${what}`, action: 'post', parameters: [...item, ...WRITE_PARAMETERS, PRETTY],
        body: { ref, consumes: this.#consumes, required: true }, produces: this.#media, responses: { 200: ref, 201: ref, 202: ref },
      },
      one.verbs.includes('patch') && {
        ...common, method: 'patch', operationId: this.#id('patch', tail), description: `partially update ${what}`, action: 'patch', parameters: [...item, ...PATCH_PARAMETERS, PRETTY],
        body: { ref: messageRef('meta.v1.Patch'), consumes: this.#patches, required: true }, produces: this.#media, responses: this.#isCustom ? { 200: ref } : { 200: ref, 201: ref },
      },
    ]);
  }

  #connects(path: string, one: ApiSubresource, scope: readonly Parameter[]): void {
    const methods: readonly Method[] = one.name === 'proxy' ? ['delete', 'get', 'head', 'options', 'patch', 'post', 'put'] : ['get', 'post'];
    const tail = one.name.charAt(0).toUpperCase() + one.name.slice(1);
    const options = optionParameters(one.kind);
    for (const suffix of one.name === 'proxy' ? ['', '/{path}'] : ['']) {
      this.#add(path + suffix, methods.map((method): Operation => ({
        ...this.#common(one.kind), method, action: 'connect', operationId: this.#id('connect', tail + (suffix && 'WithPath'), method.charAt(0).toUpperCase() + method.slice(1)),
        description: `connect ${method.toUpperCase()} requests to ${one.name} of ${this.#resource.kind}`,
        parameters: [nameParameter(one.kind), ...scope, ...(suffix ? [PATH] : []), ...options], produces: ANY, responses: { 200: undefined },
      })));
    }
  }
}

export interface OperationContext {
  /** Whether DELETE of a resource answers the object. */
  readonly returnsObject: (group: string, resource: string) => boolean;
}

/** The paths of all resources of a version, and of its discovery document. */
export function pathsOf(version: ApiVersion, { returnsObject }: OperationContext): Path[] {
  const isCustomOnly = version.resources.every((resource) => resource.schema !== undefined);
  const media = MEDIA;
  const discovery: Operation = {
    method: 'get', operationId: `get${groupVersionId(version.group, version.version)}APIResources`, description: 'get available resources', tag: tagOf(version.group, version.version),
    parameters: [], produces: media, responses: { 200: messageRef('meta.v1.APIResourceList') },
  };
  const paths = version.resources.flatMap((resource) => new ResourcePaths(version, resource, { returnsObject: returnsObject(version.group, resource.name) }).build());
  return isCustomOnly ? [...paths] : [{ path: `${basePath(version.group, version.version)}/`, operations: [discovery] }, ...paths];
}

/** A path that tells of the server itself. */
export function informationPath(path: string, operation: Pick<Operation, 'operationId' | 'description' | 'tag'> & { message?: string; produces?: readonly string[] }): Path {
  const { message, produces = MEDIA, ...rest } = operation;
  return { path, operations: [{ ...rest, method: 'get', parameters: [], produces, responses: { 200: message === undefined ? undefined : messageRef(message) } }] };
}
