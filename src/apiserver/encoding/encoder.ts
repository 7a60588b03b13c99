import type { Clock } from '../../base/clock.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { failure } from '../../apimachinery/status.ts';
import type { ListContent } from '../answer.ts';
import { type Entry, jsonText, prettyText } from '../cacher/entry.ts';
import { type Body, PIECE_BYTES, wholeOf } from '../http/long-body.ts';
import { MEDIA_TYPES, type MediaKind, type OutputForm } from '../http/negotiation.ts';
import { inVersion, type ServedResource, showsStored } from '../registry/served-resource.ts';
import { ListBody } from './list-body.ts';
import { listMetadata } from './list-metadata.ts';
import { longList, withoutType } from './long-list.ts';
import { encodeProtobuf } from './protobuf.ts';
import { partialMetadata, tableOf } from './transformations.ts';
import { yamlText } from '../../apimachinery/codec/yaml.ts';

export interface Encoded {
  readonly bytes: Body;
  readonly contentType: string;
}

export interface EncodeOptions {
  readonly pretty: boolean;
  /** Of a Table: None, Metadata or Object. */
  readonly includeObject: string | undefined;
}

/** Turns objects into bytes in the form that a client asked for. Stored JSON goes out as it is. */
export class Encoder {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  entry(entry: Entry, resource: ServedResource, form: OutputForm, options: EncodeOptions): Encoded {
    if (form.as) return this.#write(this.#transformed(entry, resource, form, options), form.as.kind === 'Table' ? undefined : 'meta.v1.PartialObjectMetadata', form.media, options.pretty);
    if (form.media === 'json' && showsStored(resource) && !options.pretty) return { bytes: entry.line, contentType: MEDIA_TYPES.json };
    const stored = options.pretty && !resource.version.prepare ? entry.copyOfObject() : (entry.object as KubeObject);
    return this.#write(inVersion(resource, stored), resource.version.message, form.media, options.pretty);
  }

  object(object: object, message: string | undefined, form: OutputForm, pretty: boolean): Encoded {
    return this.#write(object, message, form.media, pretty);
  }

  list(content: ListContent, options: EncodeOptions): Encoded {
    const { form, resource } = content;
    if (form.media === 'json' && !form.as && showsStored(resource) && !options.pretty) return { bytes: joinList(content), contentType: MEDIA_TYPES.json };
    const long = options.pretty ? undefined : longList(content, { nowMs: this.#clock.now(), includeObject: options.includeObject });
    if (long) return long;
    if (form.as) return this.#write(this.#transformedList(content, options), form.as.kind === 'Table' ? undefined : 'meta.v1.PartialObjectMetadataList', form.media, options.pretty);
    return this.#write(listObject(content), `${resource.version.message}List`, form.media, options.pretty);
  }

  #write(object: object, message: string | undefined, media: MediaKind, pretty: boolean): Encoded {
    if (media === 'yaml') return { bytes: Buffer.from(yamlText(object)), contentType: MEDIA_TYPES.yaml };
    if (media === 'protobuf' && message !== undefined) return { bytes: encodeProtobuf(object, message), contentType: MEDIA_TYPES.protobuf };
    return { bytes: Buffer.from(pretty ? prettyText(object) : `${jsonText(object)}\n`), contentType: MEDIA_TYPES.json };
  }

  #transformed(entry: Entry, resource: ServedResource, form: OutputForm, options: EncodeOptions): object {
    const { as } = form;
    if (as?.kind === 'PartialObjectMetadataList') {
      throw notAcceptable(`you requested PartialObjectMetadataList, but the requested object is not a list (*core.${resource.kind.kind})`);
    }
    if (as?.kind === 'PartialObjectMetadata') return partialMetadata(entry.object, as.version, resource);
    return tableOf([entry], resource, { nowMs: this.#clock.now(), version: as?.version ?? 'v1', includeObject: options.includeObject, metadata: { resourceVersion: entry.object.metadata.resourceVersion } });
  }

  #transformedList(content: ListContent, options: EncodeOptions): object {
    const { as } = content.form;
    if (as?.kind === 'PartialObjectMetadata') {
      throw notAcceptable(`you requested PartialObjectMetadata, but the requested object is a list (*core.${content.resource.kind.listKind})`);
    }
    const metadata = listMetadata(content);
    if (as?.kind === 'PartialObjectMetadataList') {
      return { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${as.version}`, metadata, items: content.entries.map((entry) => partialMetadata(entry.object, as.version, content.resource)) };
    }
    return tableOf(content.entries, content.resource, { nowMs: this.#clock.now(), version: as?.version ?? 'v1', includeObject: options.includeObject, metadata });
  }
}

function notAcceptable(message: string): Error {
  return failure(406, 'NotAcceptable', message);
}

/** A list as an object; items of built-in kinds do not repeat what they are. */
export function listObject(content: ListContent): object {
  const { resource } = content;
  const items = content.entries.map((entry) => {
    const object = inVersion(resource, entry.object as KubeObject) as DeepReadonly<KubeObject>;
    return resource.media.includes('protobuf') ? withoutType(object) : object;
  });
  return { kind: resource.kind.listKind, apiVersion: resource.apiVersion, metadata: listMetadata(content), items };
}

function joinList(content: ListContent): Body {
  const { resource, entries } = content;
  const head = Buffer.from(`{"kind":"${resource.kind.listKind}","apiVersion":"${resource.apiVersion}","metadata":${JSON.stringify(listMetadata(content))},"items":[`);
  const skipped = resource.media.includes('protobuf') ? `"kind":"${resource.kind.kind}","apiVersion":"${resource.apiVersion}",`.length : 0;
  const body = new ListBody(head, entries, skipped);
  return body.length > PIECE_BYTES ? body : wholeOf(body);
}
