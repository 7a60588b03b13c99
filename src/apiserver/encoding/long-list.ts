import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import type { ListContent } from '../answer.ts';
import { jsonText } from '../cacher/entry.ts';
import type { LongBody } from '../http/long-body.ts';
import { MEDIA_TYPES } from '../http/negotiation.ts';
import { inVersion } from '../registry/served-resource.ts';
import { jsonParts, PartsBody } from './parts-body.ts';
import { protobufMessage } from './protobuf.ts';
import { ProtobufListBody } from './protobuf-list-body.ts';
import { listMetadata } from './list-metadata.ts';
import { partialMetadata, tableRow, tableShell } from './transformations.ts';

/** Shorter lists are made at once. */
const LONG_LIST = 200;
const LIST_END = ']}';

export interface LongListOptions {
  readonly nowMs: number;
  readonly includeObject: string | undefined;
}

/** What a list is made of: all but its items, and each item when it is its turn. */
interface ListParts {
  readonly shell: { readonly kind: string; readonly apiVersion: string; readonly metadata?: object };
  /** The name of the list of items in JSON. */
  readonly items: 'items' | 'rows';
  readonly item: (object: DeepReadonly<KubeObject>) => object;
  /** The messages of list and item; undefined: there are none. */
  readonly message: string | undefined;
  readonly itemMessage: string | undefined;
}

/** The body of a list whose items are encoded as the client takes them; undefined for a form that has to be made as a whole, or a short list. */
export function longList(content: ListContent, options: LongListOptions): { readonly bytes: LongBody; readonly contentType: string } | undefined {
  const { form, entries } = content;
  const parts = entries.length < LONG_LIST || form.media === 'yaml' ? undefined : partsOf(content, options);
  if (!parts) return undefined;
  const itemAt = (index: number): object => parts.item((entries[index] as (typeof entries)[number]).peek());
  const { shell, message, itemMessage } = parts;
  if (form.media === 'protobuf' && message !== undefined && itemMessage !== undefined) {
    const list = { ...shell, shell: protobufMessage({ ...shell, items: [] }, message), count: entries.length, item: (index: number) => protobufMessage(itemAt(index), itemMessage) };
    return { bytes: new ProtobufListBody(list), contentType: MEDIA_TYPES.protobuf };
  }
  const whole = jsonText({ ...shell, [parts.items]: [] });
  const texts = jsonParts(whole.slice(0, -LIST_END.length), entries.length, (index) => jsonText(itemAt(index)));
  return { bytes: new PartsBody(texts), contentType: MEDIA_TYPES.json };
}

function partsOf(content: ListContent, options: LongListOptions): ListParts | undefined {
  const { resource, form: { as } } = content;
  const metadata = listMetadata(content);
  if (!as) {
    const isBuiltIn = resource.media.includes('protobuf');
    return {
      shell: { kind: resource.kind.listKind, apiVersion: resource.apiVersion, metadata }, items: 'items', message: `${resource.version.message}List`, itemMessage: resource.version.message,
      item: (object) => {
        const shown = inVersion(resource, object as KubeObject);
        return isBuiltIn ? withoutType(shown) : shown;
      },
    };
  }
  if (as.kind === 'PartialObjectMetadataList') {
    return {
      shell: { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${as.version}`, metadata }, items: 'items',
      message: 'meta.v1.PartialObjectMetadataList', itemMessage: 'meta.v1.PartialObjectMetadata', item: (object) => partialMetadata(object, as.version, resource),
    };
  }
  if (as.kind !== 'Table') return undefined;
  const table = { ...options, version: as.version, metadata };
  return { shell: tableShell(resource, table), items: 'rows', message: undefined, itemMessage: undefined, item: (object) => tableRow(object, resource, table) };
}

/** Items of built-in kinds do not repeat what they are. */
export function withoutType(object: object): object {
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = object as Partial<KubeObject>;
  return rest;
}
