import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Answer } from '../answer.ts';
import type { Cacher } from '../cacher/cacher.ts';
import type { WatchForm } from '../cacher/watch-group.ts';
import type { OutputForm } from '../http/negotiation.ts';
import { cacheOf, type ServedResource, triggerValueOf } from '../registry/served-resource.ts';
import type { ApiRequest } from '../request.ts';
import { listOptions, parseResourceVersion } from './list-options.ts';
import { WatchSession } from './watch-session.ts';

const BOOKMARK_MS = 60_000;

export interface WatchSettings {
  readonly clock: Clock;
  readonly random: Random;
  /** A watch without `timeoutSeconds` lasts between this and twice this. */
  readonly minRequestTimeoutSeconds: number;
  /** A client that takes nothing for so long is cut off. */
  readonly stallMs: number;
}

export async function watch(
  request: ApiRequest, resource: ServedResource, cacher: Cacher, options: { form: OutputForm; settings: WatchSettings; formOf: (resource: ServedResource) => WatchForm },
): Promise<Answer> {
  const list = listOptions(request, resource, true);
  const given = parseResourceVersion(list.resourceVersion);
  if (list.resourceVersion === '') await cacher.caughtUp();
  // Who wants no state begins with what comes now.
  const revision = given === 0 && list.sendInitialEvents === false ? cacher.revision : given;
  const { clock, random, minRequestTimeoutSeconds, stallMs } = options.settings;
  // Less than nothing is over at once.
  const seconds = list.timeoutSeconds ? Math.max(0, list.timeoutSeconds) : minRequestTimeoutSeconds * (1 + random.next());
  const cache = cacheOf(cacher, resource);
  cache.triggerValue = triggerValueOf(resource.kind);
  const session = new WatchSession({
    cacher, cache, list, revision, clock, timeoutMs: seconds * 1000, bookmarkMs: BOOKMARK_MS * (0.9 + 0.2 * random.next()), stallMs,
  }, options.formOf(resource));
  return { status: 200, type: 'watch', session, resource, form: options.form };
}
