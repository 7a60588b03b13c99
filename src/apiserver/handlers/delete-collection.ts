import type { KubeObject } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Answer } from '../answer.ts';
import type { Entry } from '../cacher/entry.ts';
import type { OutputForm } from '../http/negotiation.ts';
import { deleteObject } from '../registry/delete.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { Registry, WriteContext } from '../registry/write-context.ts';
import type { ApiRequest } from '../request.ts';
import { deleteOptionsObject, readDeleteOptions } from './delete.ts';
import { listOptions } from './list-options.ts';
import { pageAnswer, pageOf } from './list.ts';
import { writeContext } from './write-target.ts';

/** Those that are written together go to the disk, and to each watcher, together. */
const AT_ONCE = 64;

/** Deletes what a list gives, of the state and up to the limit that it is asked for; answers that list. Source: apiserver pkg/registry/generic/registry, Store.DeleteCollection. */
export async function deleteCollection(request: ApiRequest, resource: ServedResource, registry: Registry, form: OutputForm): Promise<Answer> {
  const list = listOptions(request, resource, false);
  const options = await readDeleteOptions(request);
  const page = await pageOf(registry.cacher, resource, list);
  const context = writeContext(registry, request, resource, { dryRun: (options.dryRun?.length ?? 0) > 0, options: deleteOptionsObject(options) });
  await resource.version.prepare?.(page.entries.map(({ object }) => object as KubeObject));
  // Of objects that are to be certain ones, all before the first that is another one go, and none behind it.
  await deleteAll(page.entries, options.preconditions ? 1 : AT_ONCE, (entry) => deleteEntry(context, entry, options));
  return pageAnswer(page, { options: list, resource, form });
}

/** Begins with nothing more once one has failed; throws what it failed with when all that had begun has ended. */
async function deleteAll(entries: readonly Entry[], atOnce: number, deleteOne: (entry: Entry) => Promise<void>): Promise<void> {
  const queue = entries.values();
  let failed: { readonly error: unknown } | undefined;
  const work = async (): Promise<void> => {
    for (const entry of queue) {
      if (failed) return;
      try {
        await deleteOne(entry);
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  if (failed) throw failed.error;
}

async function deleteEntry(context: WriteContext, entry: Entry, options: Parameters<typeof deleteObject>[2]): Promise<void> {
  const { name, namespace } = entry.object.metadata;
  try {
    await deleteObject({ ...context, namespace: namespace ?? '' }, name, options);
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
  }
}
