import { createHash } from 'node:crypto';
import { failure } from '../../apimachinery/status.ts';
import type { Answer } from '../answer.ts';
import type { PathHandler } from '../handlers/dispatcher.ts';
import { negotiateOutput, onlyAccepted } from '../http/negotiation.ts';
import { headerOf, type ApiRequest } from '../request.ts';
import { BUILT_IN_MEDIA } from '../registry/served-resource.ts';
import { apiGroupDiscoveryList } from './aggregated.ts';
import type { ApiGroups } from './api-groups.ts';
import { apiGroup, apiGroupList, apiResourceList, apiVersions } from './legacy.ts';

const AGGREGATED_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** `/api`, `/apis` and what is under them, down to a group version. */
export class DiscoveryPaths implements PathHandler {
  readonly #groups: ApiGroups;
  readonly #aggregated = new Map<string, { revision: number; bytes: Buffer; etag: string }>();

  constructor(groups: ApiGroups) {
    this.#groups = groups;
  }

  handle(request: ApiRequest): Answer | undefined {
    if (request.info.isResourceRequest && !request.info.path.includes('//')) return undefined;
    const segments = request.info.path.split('/').filter((one) => one !== '');
    const [root, first, second, ...rest] = segments;
    if ((root !== 'api' && root !== 'apis') || rest.length > 0 || (root === 'api' && second !== undefined)) return undefined;
    if (request.info.isResourceRequest && !this.#isVersion(root, first, second)) return undefined;
    const document = this.#document(request, root, first, second);
    if (document === undefined) return undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD') throw failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
    if (first === undefined) {
      const aggregated = this.#wantsAggregated(request);
      if (aggregated) return this.#aggregatedAnswer(request, root);
    }
    const form = negotiateOutput(headerOf(request, 'accept'), { media: BUILT_IN_MEDIA, transformations: false, stream: 'no', routed: root === 'api' || first !== undefined });
    return { status: 200, type: 'object', form, ...document };
  }

  #isVersion(root: string, first: string | undefined, second: string | undefined): boolean {
    return root === 'api' ? first !== undefined : second !== undefined;
  }

  #document(request: ApiRequest, root: string, first: string | undefined, second: string | undefined): { object: object; message: string } | undefined {
    if (root === 'api') {
      if (first === undefined) return { object: apiVersions(this.#groups.find('')?.versions.map((one) => one.version) ?? [], headerOf(request, 'host') ?? '127.0.0.1'), message: 'meta.v1.APIVersions' };
      return this.#resources('', first);
    }
    if (first === undefined) return { object: apiGroupList(this.#groups.all), message: 'meta.v1.APIGroupList' };
    if (second !== undefined) return this.#resources(first, second);
    const group = this.#groups.find(first);
    return group && { object: apiGroup(group), message: 'meta.v1.APIGroup' };
  }

  #resources(group: string, version: string): { object: object; message: string } | undefined {
    const found = this.#groups.version(group, version);
    return found && { object: apiResourceList(found), message: 'meta.v1.APIResourceList' };
  }

  /** Whether the first form that the client likes, and that there is, is the aggregated one. Throws StatusError 406. */
  #wantsAggregated(request: ApiRequest): boolean {
    const accept = headerOf(request, 'accept') ?? '';
    let asksOther = false;
    for (const clause of accept.split(',')) {
      const [type = '', ...parameters] = clause.split(';').map((part) => part.trim());
      const value = (name: string): string | undefined => parameters.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
      const kind = value('as');
      if (kind === undefined) {
        if (type !== '') return false;
      } else if (kind === 'APIGroupDiscoveryList' && value('g') === 'apidiscovery.k8s.io' && value('v') === 'v2' && type === 'application/json') return true;
      else asksOther = true;
    }
    if (asksOther) throw onlyAccepted(BUILT_IN_MEDIA);
    return false;
  }

  #aggregatedAnswer(request: ApiRequest, root: string): Answer {
    const { bytes, etag } = this.#aggregatedDocument(root);
    const headers = { etag, vary: 'Accept' };
    if (headerOf(request, 'if-none-match') === etag) return { status: 304, type: 'bytes', contentType: AGGREGATED_TYPE, bytes: Buffer.alloc(0), headers };
    return { status: 200, type: 'bytes', contentType: AGGREGATED_TYPE, bytes, headers };
  }

  #aggregatedDocument(root: string): { bytes: Buffer; etag: string } {
    const { revision } = this.#groups;
    const known = this.#aggregated.get(root);
    if (known?.revision === revision) return known;
    const groups = this.#groups.all.filter((group) => (group.name === '') === (root === 'api'));
    const bytes = Buffer.from(JSON.stringify(apiGroupDiscoveryList(groups)));
    const etag = `"${createHash('sha256').update(bytes).digest('hex').toUpperCase()}"`;
    const made = { revision, bytes, etag };
    this.#aggregated.set(root, made);
    return made;
  }
}
