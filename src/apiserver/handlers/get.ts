import { notFound } from '../../apimachinery/status.ts';
import type { Answer } from '../answer.ts';
import type { Cacher } from '../cacher/cacher.ts';
import type { OutputForm } from '../http/negotiation.ts';
import { askedKey, cacheOf, type ServedResource } from '../registry/served-resource.ts';
import type { ApiRequest } from '../request.ts';
import { parseResourceVersion } from './list-options.ts';

export async function get(request: ApiRequest, resource: ServedResource, cacher: Cacher, form: OutputForm): Promise<Answer> {
  const { info, query } = request;
  const key = askedKey(resource, info.namespace, info.name);
  const asked = query.isEmpty ? '' : (query.get('resourceVersion') ?? '');
  if (asked !== '' && asked !== '0') {
    await cacher.waitForAsked(parseResourceVersion(asked));
  } else if (asked === '') {
    const behind = cacher.caughtUp();
    if (behind) await behind;
  }
  const entry = cacheOf(cacher, resource).get(key);
  if (!entry) throw notFound({ group: resource.group, resource: resource.kind.resource }, info.name);
  return { status: 200, type: 'entry', entry, resource, form };
}
