import type { Answer } from '../answer.ts';
import type { PathHandler } from '../handlers/dispatcher.ts';
import type { ResourceTable } from '../registry/served-resource.ts';
import type { ApiRequest } from '../request.ts';

/** Under groups that are not built in, a path that leads nowhere is answered by a plain text, as by the aggregator of Kubernetes. */
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
    if (info.isResourceRequest && this.#resources.find(info.group, info.version, info.resource)) return undefined;
    return { status: 404, type: 'bytes', contentType: 'text/plain; charset=utf-8', bytes: Buffer.from('404 page not found\n') };
  }
}
