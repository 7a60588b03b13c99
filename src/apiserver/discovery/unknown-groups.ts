import type { Answer } from '../answer.ts';
import type { PathHandler } from '../handlers/dispatcher.ts';
import { pageNotFound } from '../http/page-not-found.ts';
import type { ResourceTable, ServedResource } from '../registry/served-resource.ts';
import type { ApiRequest } from '../request.ts';

/**
 * Under groups that are not built in, a path that leads nowhere is answered by a plain text, as by the aggregator of Kubernetes; so is one to custom
 * objects that lacks the namespace, or names one where there is none.
 */
export class UnknownGroups implements PathHandler {
  readonly #builtIn: ReadonlySet<string>;
  readonly #resources: ResourceTable;

  constructor(resources: ResourceTable) {
    this.#builtIn = new Set([...resources.all].map((resource) => resource.group));
    this.#resources = resources;
  }

  handle(request: ApiRequest): Answer | undefined {
    const { info } = request;
    if (info.isResourceRequest && info.apiPrefix === 'api') return undefined;
    const group = /^\/apis\/([^/]+)/.exec(info.path)?.[1];
    if (group === undefined || this.#builtIn.has(group)) return undefined;
    const found = info.isResourceRequest ? this.#resources.find(info.group, info.version, info.resource) : undefined;
    if (found && !(found.version.custom && isOutOfScope(request, found))) return undefined;
    return pageNotFound();
  }
}

/** Only lists and watches of custom objects go over namespaces, and none of those outside of namespaces are within one. */
function isOutOfScope({ info }: ApiRequest, { kind }: ServedResource): boolean {
  return kind.namespaced ? info.namespace === '' && info.verb !== 'list' && info.verb !== 'watch' : info.namespace !== '';
}
