import type { DeprecatedApis } from '../metrics/deprecated-apis.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { badRequest, failure, notFound, type StatusError } from '../../apimachinery/status.ts';
import type { Answer } from '../answer.ts';
import type { WatchForm } from '../cacher/watch-group.ts';
import { isRouted, pageNotFound } from '../http/page-not-found.ts';
import { negotiateOutput, type Offer, onlyStreams, type OutputForm } from '../http/negotiation.ts';
import { BUILT_IN_MEDIA, type ServedResource } from '../registry/served-resource.ts';
import { strategyOf } from '../registry/subresource-strategy.ts';
import type { Registry } from '../registry/write-context.ts';
import { type ApiRequest, headerOf } from '../request.ts';
import { create } from './create.ts';
import { deleteCollection } from './delete-collection.ts';
import { deleteOne } from './delete.ts';
import { get } from './get.ts';
import { list } from './list.ts';
import { patch } from './patch.ts';
import { update } from './update.ts';
import { watch, type WatchSettings } from './watch.ts';

/** Answers the verbs of something that is special: a subresource, a kind that is not stored. */
export interface SpecialHandler {
  readonly verbs: readonly string[];
  handle(request: ApiRequest, resource: ServedResource): Promise<Answer>;
}

/** Answers paths that are no resources: discovery, OpenAPI, health. Undefined: not its path. */
export interface PathHandler {
  /** False: no path of a resource is ever its own, and it is not asked about these. */
  readonly takesResources?: boolean;
  handle(request: ApiRequest): Answer | undefined | Promise<Answer | undefined>;
}

export interface DispatcherOptions {
  readonly registry: Registry;
  readonly watch: WatchSettings;
  /** Told of each request to a deprecated version. */
  readonly deprecatedApis?: DeprecatedApis;
  /** By `group/resource/subresource`, or `group/resource` for kinds that are not stored. */
  readonly special: ReadonlyMap<string, SpecialHandler>;
  /** Asked in order, before resources. */
  readonly paths: readonly PathHandler[];
  /** The form in which a watcher wants its events. */
  readonly watchForm: (request: ApiRequest, resource: ServedResource, form: OutputForm) => WatchForm;
}

/** 404 of a path that leads nowhere. */
export function noSuchPath(): StatusError {
  return failure(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function methodNotAllowed(): StatusError {
  return failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

/** 405 of a road that the router knows, behind which nothing answers the verb. */
function methodNotSupported(verb: string, { group, kind: { resource } }: ServedResource): StatusError {
  const name = group === '' ? resource : `${resource}.${group}`;
  return failure(405, 'MethodNotAllowed', `${verb} is not supported on resources of kind ${JSON.stringify(name)}`, { ...(group !== '' && { group }), kind: resource });
}

function isOnlyListed({ kind: { verbs } }: ServedResource): boolean {
  return verbs.includes('list') && !verbs.includes('watch');
}

/** Brings a request, once authorized, to its handler. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #pathsOfResources: readonly PathHandler[];

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#pathsOfResources = options.paths.filter((one) => one.takesResources !== false);
  }

  async dispatch(request: ApiRequest): Promise<Answer> {
    const { info } = request;
    const { registry, special, paths } = this.#options;
    const asked = info.isResourceRequest ? this.#pathsOfResources : paths;
    for (const handler of asked) {
      const found = handler.handle(request);
      const answer = found instanceof Promise ? await found : found;
      if (answer) return answer;
    }
    if (!isRouted(info.path)) return pageNotFound();
    if (!info.isResourceRequest || info.resource === '' || info.verb === 'proxy') throw noSuchPath();
    const resource = registry.resources.find(info.group, info.version, info.resource);
    if (!resource || resource.kind.namespaced === (info.namespace === '') && !isAllowedScope(request, resource)) throw noSuchPath();
    const { deprecation, lacks } = resource.version;
    if (lacks?.has(info.subresource)) throw notFound({ group: resource.group, resource: resource.kind.resource }, info.name);
    if (deprecation !== undefined && resource.kind.verbs.some((verb) => verb === info.verb)) this.#warn(request, deprecation);
    const { prepare } = resource.version;
    if (info.subresource !== '') {
      const answering = this.#subresource(request, resource, special.get(`${resource.id}/${info.subresource}`));
      return prepare ? prepared(await answering) : answering;
    }
    const own = special.get(resource.id);
    if (own && resource.kind.namespaced && info.namespace === '') throw noSuchPath();
    if (own) return this.#special(request, resource, own);
    return prepare ? prepared(await this.#verb(request, resource)) : this.#verb(request, resource);
  }

  #warn(request: ApiRequest, deprecation: string): void {
    request.warnings.push(deprecation);
    this.#options.deprecatedApis?.asked(request, deprecation);
  }

  #special(request: ApiRequest, resource: ServedResource, handler: SpecialHandler): Promise<Answer> {
    const { verb } = request.info;
    if (!handler.verbs.includes(verb)) throw verb === 'watch' && isOnlyListed(resource) ? methodNotSupported(verb, resource) : methodNotAllowed();
    return handler.handle(request, resource);
  }

  /** May throw at once. */
  #subresource(request: ApiRequest, resource: ServedResource, handler: SpecialHandler | undefined): Promise<Answer> {
    const { info } = request;
    if (handler && info.parts.length > 3 && info.subresource !== 'proxy') throw noSuchPath();
    if (handler) return this.#special(request, resource, handler);
    const isServed = strategyOf(resource, info.subresource) !== undefined;
    if (!isServed && resource.version.custom) throw notFound({ group: resource.group, resource: resource.kind.resource }, info.name);
    if (!isServed || info.parts.length > 3) throw noSuchPath();
    const { registry } = this.#options;
    const form = outputForm(request, resource);
    switch (info.verb) {
      case 'get':
        if (request.method === 'HEAD') throw methodNotAllowed();
        return get(request, resource, registry.cacher, form);
      case 'update': return update(request, resource, registry, { form, subresource: info.subresource });
      case 'patch': return patch(request, resource, registry, { form, subresource: info.subresource });
      default: throw methodNotAllowed();
    }
  }

  /** May throw at once. */
  #verb(request: ApiRequest, resource: ServedResource): Promise<Answer> {
    const { registry } = this.#options;
    const { verb } = request.info;
    if (verb === 'watch' && request.method === 'GET' && isOnlyListed(resource)) throw methodNotSupported('watch', resource);
    if (!(resource.kind.verbs as readonly string[]).includes(verb) || !isAllowedTarget(request, resource) || request.method === 'HEAD') throw methodNotAllowed();
    const form = outputForm(request, resource);
    switch (verb) {
      case 'get': return get(request, resource, registry.cacher, form);
      case 'list': return list(request, resource, registry.cacher, form);
      case 'watch':
        if (form.media === 'yaml') throw onlyStreams(resource.media);
        return watch(request, resource, registry.cacher, { form, settings: this.#options.watch, formOf: (served) => this.#options.watchForm(request, served, form) });
      case 'create': return create(request, resource, registry, form);
      case 'update': return update(request, resource, registry, { form, subresource: '' });
      case 'patch': return patch(request, resource, registry, { form, subresource: '' });
      case 'delete': return deleteOne(request, resource, registry, form);
      case 'deletecollection': return deleteCollection(request, resource, registry, form);
      default: throw methodNotAllowed();
    }
  }
}

/** Has a webhook convert what the answer shows, where one does. */
async function prepared(answer: Answer): Promise<Answer> {
  if (answer.type !== 'entry' && answer.type !== 'list') return answer;
  const { prepare } = answer.resource.version;
  await prepare?.((answer.type === 'entry' ? [answer.entry] : answer.entries).map((entry) => entry.object as KubeObject));
  return answer;
}

/** Namespaced kinds may be listed and watched over all namespaces; nothing else may leave the namespace out. */
function isAllowedScope(request: ApiRequest, resource: ServedResource): boolean {
  const { info } = request;
  if (!resource.kind.namespaced) return resource.kind.resource === 'namespaces' && resource.kind.group === '';
  return info.parts.length === 1 || info.verb === 'watch';
}

/** POST is for collections, PUT and PATCH are for objects. */
function isAllowedTarget(request: ApiRequest, resource: ServedResource): boolean {
  const { verb, parts, namespace } = request.info;
  if (verb === 'watch' && request.method !== 'GET') return false;
  if (resource.kind.namespaced && namespace === '' && verb !== 'list' && verb !== 'watch') return false;
  if (verb === 'create') return parts.length === 1;
  if (verb === 'update' || verb === 'patch') return parts.length === 2;
  return true;
}

/** What forms a resource has for a verb. */
export function outputForm(request: ApiRequest, resource: ServedResource): OutputForm {
  const { verb, subresource } = request.info;
  const tables = (resource.kind.verbs as readonly string[]).includes('get') && !(verb === 'create' && subresource !== '');
  const offer: Offer = { media: resource.media, metadataMedia: BUILT_IN_MEDIA, transformations: true, tables, stream: verb === 'list' ? 'offered' : verb === 'watch' ? 'only' : 'no' };
  const form = negotiateOutput(headerOf(request, 'accept'), offer);
  const included = form.as?.kind === 'Table' ? (request.query.get('includeObject') ?? '') : '';
  if (!['', 'None', 'Metadata', 'Object'].includes(included)) {
    throw badRequest(`Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(included)}: must be 'Metadata', 'Object', 'None', or empty`);
  }
  return form;
}
