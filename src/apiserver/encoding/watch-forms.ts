import type { Clock } from '../../base/clock.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import type { SeenChange } from '../cacher/change.ts';
import { jsonText } from '../cacher/entry.ts';
import type { WatchForm } from '../cacher/watch-group.ts';
import { chunkable } from '../http/chunked.ts';
import type { OutputForm } from '../http/negotiation.ts';
import { decodeAs } from '../registry/decoding.ts';
import { inVersion, type ServedResource, showsStored } from '../registry/served-resource.ts';
import { protobufFrame } from './protobuf.ts';
import { partialMetadata, tableOf } from './transformations.ts';

const ADDED = Buffer.from('{"type":"ADDED","object":');
const MODIFIED = Buffer.from('{"type":"MODIFIED","object":');
const DELETED = Buffer.from('{"type":"DELETED","object":');
const HEADS = { ADDED, MODIFIED, DELETED } as const;
const END = Buffer.from('}\n');

const PARTIAL_METADATA = 'meta.v1.PartialObjectMetadata';

/** The message of what a watch in this form shows; undefined: it has none in protobuf. */
export function messageOf(resource: ServedResource, form: OutputForm): string | undefined {
  if (!form.as) return resource.version.message;
  return form.as.kind === 'Table' ? undefined : PARTIAL_METADATA;
}

/** One frame of a watch stream. */
export function watchFrame(type: string, object: object, message: string | undefined, form: OutputForm): Buffer {
  if (form.media === 'protobuf' && message !== undefined) return protobufFrame(type, object, message);
  return Buffer.from(`{"type":"${type}","object":${jsonText(object)}}\n`);
}

/** How a watch in this form encodes its events; equal requests share one id, and so their frames. */
export function watchFormOf(resource: ServedResource, form: OutputForm, options: { clock: Clock; includeObject: string | undefined; isFirstTable: () => boolean; inProcess: boolean }): WatchForm {
  if (options.inProcess) return objectForm(resource, form);
  const { as, media } = form;
  if (!as && media !== 'protobuf' && showsStored(resource)) {
    return { id: 'json', encode: (seen) => joinedFrames([seen]), encodeAll: joinedFrames };
  }
  const id = `${media}/${as?.kind ?? ''}/${as?.version ?? ''}/${resource.apiVersion}/${options.includeObject ?? ''}`;
  if (!as) {
    return { id, ...preparation(resource), encode: ({ type, entry }) => watchFrame(type, inVersion(resource, entry.object as KubeObject), resource.version.message, form) };
  }
  if (as.kind === 'Table') {
    // The first Table of a watch names the columns, so that frames are this watcher's own.
    return {
      id: `${id}/${tableWatches++}`, ...(options.includeObject === 'Object' && preparation(resource)),
      encode: ({ type, entry }) => watchFrame(type, tableOf([entry], resource, {
        nowMs: options.clock.now(), version: as.version, includeObject: options.includeObject, withoutColumns: !options.isFirstTable(),
        metadata: { resourceVersion: String(entry.revision) },
      }), undefined, form),
    };
  }
  return { id, encode: ({ type, entry }) => watchFrame(type, partialMetadata(entry.object, as.version, resource), PARTIAL_METADATA, form) };
}

function joinedFrames(seen: readonly SeenChange[]): Buffer {
  const length = seen.reduce((sum, { type, entry }) => sum + HEADS[type].length + entry.length + END.length, 0);
  const all = chunkable(length);
  let at = 0;
  for (const { type, entry } of seen) {
    at += HEADS[type].copy(all, at);
    at += entry.copy(all, at);
    at += END.copy(all, at);
  }
  return all;
}

function preparation({ version }: ServedResource): Pick<WatchForm, 'prepare'> {
  return version.prepare ? { prepare: version.prepare } : {};
}

/** For watchers of this process: parsed objects. */
function objectForm(resource: ServedResource, form: OutputForm): WatchForm {
  const { as } = form;
  if (as) return { id: `object/${as.kind}/${as.version}`, convert: ({ entry }) => partialMetadata(entry.object, as.version, resource) };
  if (showsStored(resource)) return { id: 'object' };
  return { id: `object/${resource.apiVersion}`, ...preparation(resource), convert: ({ entry }) => inVersion(resource, entry.object as KubeObject) };
}

let tableWatches = 0;

/** The object of a BOOKMARK: its kind, a resourceVersion, and what Go writes of an empty object. */
export function bookmarkObject(resource: ServedResource, form: OutputForm, revision: number, initialEventsEnd: boolean): object {
  const metadata = { resourceVersion: String(revision), ...(initialEventsEnd && { annotations: { 'k8s.io/initial-events-end': 'true' } }) };
  if (form.as?.kind === 'Table') return { kind: 'Table', apiVersion: `meta.k8s.io/${form.as.version}`, metadata: { resourceVersion: String(revision) }, columnDefinitions: null, rows: bookmarkRows(form.as.version, metadata) };
  if (form.as) return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${form.as.version}`, metadata };
  const object = resource.media.includes('protobuf') ? decodeAs<object>(resource.version.message, {}) : {};
  return { kind: resource.kind.kind, apiVersion: resource.apiVersion, ...object, metadata };
}

function bookmarkRows(version: string, metadata: object): object[] {
  return [{ cells: [], object: { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata } }];
}
