import { createHash } from 'node:crypto';
import type { SchemaRegistry } from '../../apimachinery/schema/package.ts';
import type { Answer } from '../answer.ts';
import type { ApiGroups } from '../discovery/api-groups.ts';
import type { PathHandler } from '../handlers/dispatcher.ts';
import { takesJson } from '../http/negotiation.ts';
import { headerOf, type ApiRequest } from '../request.ts';
import { loadDescriptions } from './descriptions.ts';
import { Documents } from './documents.ts';
import { encodeV2, encodeV3 } from './gnostic.ts';
import { stringifyWhole } from '../../apimachinery/whole-numbers.ts';

const JSON_TYPE = 'application/json';
const V2_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const V3_TYPE = 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf';

export interface OpenApiOptions {
  readonly groups: ApiGroups;
  readonly schemas: SchemaRegistry;
  /** Whether DELETE of a resource answers the object. */
  readonly returnsObject: (group: string, resource: string) => boolean;
  /** What other servers say of theirs. */
  readonly others?: OtherDocuments;
}

/** The documents of other servers. */
export interface OtherDocuments {
  readonly revision: number;
  /** Entries for the index of version 3. */
  index(): Record<string, object>;
  /** A document of version 2 with theirs. */
  merged(document: Record<string, unknown>): Record<string, unknown>;
}

interface Encoded {
  readonly etag: string;
  readonly bytes: Buffer;
}

/** `/openapi/v2` and `/openapi/v3`, by whatever method. Documents are built when they are asked for, and again when what is served has changed. */
export class OpenApiPaths implements PathHandler {
  readonly takesResources = false;
  readonly #options: OpenApiOptions;
  #revision = -1;
  #documents: Documents | undefined;
  #encoded = new Map<string, Encoded>();

  constructor(options: OpenApiOptions) {
    this.#options = options;
  }

  handle(request: ApiRequest): Answer | undefined {
    const { path } = request.info;
    if (!path.startsWith('/openapi/')) return undefined;
    if (path === '/openapi/v2') return this.#v2(request);
    if (path === '/openapi/v3' || path === '/openapi/v3/') return this.#index(request);
    return path.startsWith('/openapi/v3/') ? this.#v3(request, path.slice('/openapi/v3/'.length)) : undefined;
  }

  #current(): Documents {
    const { groups, schemas, returnsObject } = this.#options;
    const revision = groups.revision + (this.#options.others?.revision ?? 0);
    if (!this.#documents || this.#revision !== revision) {
      this.#revision = revision;
      this.#encoded = new Map();
      this.#documents = new Documents({ groups, schemas, returnsObject, descriptions: loadDescriptions() });
    }
    return this.#documents;
  }

  #encode(key: string, build: () => Uint8Array): Encoded {
    const known = this.#encoded.get(key);
    if (known) return known;
    const bytes = Buffer.from(build());
    const made = { bytes, etag: `"${createHash('sha512').update(bytes).digest('hex').toUpperCase()}"` };
    this.#encoded.set(key, made);
    return made;
  }

  #v2(request: ApiRequest): Answer {
    if (!wantsProtobuf(request, 'v2') && !takesJson(headerOf(request, 'accept'))) return { status: 406, type: 'bytes', contentType: '', bytes: Buffer.alloc(0) };
    const documents = this.#current();
    const asProtobuf = wantsProtobuf(request, 'v2');
    const encoded = asProtobuf ? this.#encode('v2 protobuf', () => encodeV2(this.#mergedV2(documents))) : this.#encode('v2', () => Buffer.from(stringifyWhole(this.#mergedV2(documents))));
    return document(request, encoded, asProtobuf ? V2_TYPE : JSON_TYPE);
  }

  #mergedV2(documents: Documents): Record<string, unknown> {
    const document = documents.v2() as Record<string, unknown>;
    return this.#options.others?.merged(document) ?? document;
  }

  #index(request: ApiRequest): Answer {
    const documents = this.#current();
    const build = (): Uint8Array => {
      const paths = Object.fromEntries(documents.keys.map((key) => [key, { serverRelativeURL: `/openapi/v3/${key}?hash=${documents.fingerprint(key)}` }]));
      const { others } = this.#options;
      return Buffer.from(JSON.stringify({ paths: others ? sortedByName({ ...paths, ...others.index() }) : paths }));
    };
    return document(request, this.#encode('index', build), 'text/plain; charset=utf-8');
  }

  #v3(request: ApiRequest, key: string): Answer {
    const documents = this.#current();
    if (!documents.has(key)) return { status: 404, type: 'bytes', contentType: '', bytes: Buffer.alloc(0) };
    const wanted = request.query.get('hash');
    const fingerprint = documents.fingerprint(key);
    if (wanted !== undefined && wanted !== fingerprint) {
      // The document of that hash is gone: the client is sent to the one there is.
      return { status: 301, type: 'bytes', contentType: '', bytes: Buffer.alloc(0), headers: { location: `/openapi/v3/${key}?hash=${fingerprint}` } };
    }
    const asProtobuf = wantsProtobuf(request, 'v3');
    const encoded = asProtobuf
      ? this.#encode(`v3 protobuf ${key}`, () => encodeV3(documents.v3(key) ?? {}))
      : this.#encode(`v3 ${key}`, () => Buffer.from(stringifyWhole(documents.v3(key) ?? {})));
    const answer = document(request, encoded, asProtobuf ? V3_TYPE : JSON_TYPE);
    return wanted === undefined ? answer : { ...answer, headers: { ...answer.headers, 'cache-control': 'public, immutable' } };
  }
}

function sortedByName(record: Record<string, object>): Record<string, object> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The first clause of Accept that names a form there is. */
function wantsProtobuf(request: ApiRequest, version: 'v2' | 'v3'): boolean {
  for (const clause of (headerOf(request, 'accept') ?? '').split(',')) {
    const type = clause.split(';')[0]?.trim() ?? '';
    if (type === `application/com.github.proto-openapi.spec.${version}@v1.0+protobuf` || type === `application/com.github.proto-openapi.spec.${version}.v1.0+protobuf`) return true;
    if (type === JSON_TYPE || type === '*/*' || type === 'application/*') return false;
  }
  return false;
}

function document(request: ApiRequest, { bytes, etag }: Encoded, contentType: string): Answer {
  const headers = { etag, vary: 'Accept' };
  if (headerOf(request, 'if-none-match') === etag) return { status: 304, type: 'bytes', contentType, bytes: Buffer.alloc(0), headers };
  return { status: 200, type: 'bytes', contentType, bytes, headers };
}
