import type { KubeObject } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Answer } from '../answer.ts';
import type { Entry } from '../cacher/entry.ts';
import type { OutputForm } from '../http/negotiation.ts';
import { deleteObject } from '../registry/delete.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { Registry, WriteContext } from '../registry/write-context.ts';
import type { ApiRequest } from '../request.ts';
import { readDeleteOptions } from './delete.ts';
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
  const context = writeContext(registry, request, resource, { dryRun: (options.dryRun?.length ?? 0) > 0, options: { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', ...options } });
  await resource.version.prepare?.(page.entries.map(({ object }) => object as KubeObject));
  const queue = page.entries.values();
  const work = async (): Promise<void> => {
    for (const entry of queue) await deleteEntry(context, entry, options);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return pageAnswer(page, { options: list, resource, form });
}

async function deleteEntry(context: WriteContext, entry: Entry, options: Parameters<typeof deleteObject>[2]): Promise<void> {
  const { name, namespace } = entry.object.metadata;
  try {
    await deleteObject({ ...context, namespace: namespace ?? '' }, name, options);
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
  }
}
