import { goQuote } from '../../apimachinery/go-quote.ts';
import { SelectorError } from '../../apimachinery/selectors/errors.ts';
import { parseFieldSelector } from '../../apimachinery/selectors/field-selector.ts';
import { isTrue } from '../../apimachinery/query-boolean.ts';
import { PlainError } from './plain-error.ts';

/** What a path and method ask for, as authorization, audit and the handlers see it. Source: apiserver pkg/endpoints/request, RequestInfo. */
export interface RequestInfo {
  readonly isResourceRequest: boolean;
  /** The path without its query, as it was sent. */
  readonly path: string;
  /** `get list watch create update patch delete deletecollection proxy`; the lower-case method of requests that are for no resource. */
  readonly verb: string;
  readonly apiPrefix: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Empty for cluster-wide requests. */
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** What follows prefix, group, version and namespace, unescaped. */
  readonly parts: readonly string[];
}

const METHOD_VERBS: ReadonlyMap<string, string> = new Map([
  ['POST', 'create'], ['GET', 'get'], ['HEAD', 'get'], ['PUT', 'update'], ['PATCH', 'patch'], ['DELETE', 'delete'],
]);

/** Paths under `/namespaces/NAME/` that belong to the namespace itself. */
const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'finalize']);

/** The error of a path that cannot be read: bad escapes (400), `/watch` of nothing (500). */
export class UnreadablePathError extends PlainError {
  override readonly name = 'UnreadablePathError';
}

function nonResource(path: string, method: string): RequestInfo {
  return {
    isResourceRequest: false, path, verb: method.toLowerCase(), apiPrefix: '', group: '', version: '', namespace: '', resource: '', subresource: '', name: '', parts: [],
  };
}

/** The last resource of a namespace that was asked for. Most requests are for the one of the request before: texts that are cut out anew must be looked up among all strings before a map can find them. */
let lastResource: { readonly path: string; readonly segments: readonly string[] } = { path: '', segments: [] };

function segmentsOf(path: string): readonly string[] {
  const isPlain = path.startsWith('/') && path[1] !== '/' && !path.endsWith('/');
  const { path: known, segments: first } = lastResource;
  if (isPlain && known !== '' && path.startsWith(known) && !path.includes('%', known.length)) {
    if (path.length === known.length) return first;
    if (path[known.length] === '/') return [...first, ...path.slice(known.length + 1).split('/')];
  }
  const trimmed = isPlain ? path.slice(1) : path.replace(/^\/+|\/+$/g, '');
  if (trimmed === '') return [];
  if (!trimmed.includes('%')) {
    const segments = trimmed.split('/');
    if (isPlain) remember(segments);
    return segments;
  }
  try {
    // A slash parts segments however it is written: Go's paths are unescaped before anybody looks at them.
    return decodeURIComponent(trimmed).replace(/^\/+|\/+$/g, '').split('/');
  } catch (error) {
    throw new UnreadablePathError('400 Bad Request', 400, { cause: error });
  }
}

/** Of `/api/v1/namespaces/default/pods/web` all before the name. */
function remember(segments: readonly string[]): void {
  const place = segments[0] === 'apis' ? 3 : 2;
  if (segments[place] !== 'namespaces' || segments.length < place + 3) return;
  const first = segments.slice(0, place + 3);
  lastResource = { path: `/${first.join('/')}`, segments: first };
}

/**
 * `query` is asked only for `watch` and `fieldSelector` of requests for collections; `queryText` is told in errors. Throws UnreadablePathError.
 */
export function requestInfo(method: string, path: string, query: (name: string) => string | undefined, queryText = ''): RequestInfo {
  const segments = segmentsOf(path);
  const prefix = segments[0];
  if (segments.length < 3 || (prefix !== 'api' && prefix !== 'apis')) return nonResource(path, method);
  const grouped = prefix === 'apis';
  if (grouped && segments.length < 4) return nonResource(path, method);
  const group = grouped ? (segments[1] ?? '') : '';
  const version = segments[grouped ? 2 : 1] ?? '';
  let parts = segments.slice(grouped ? 3 : 2);

  let verb = METHOD_VERBS.get(method) ?? '';
  const special = parts[0] === 'proxy' || parts[0] === 'watch';
  if (special) {
    if (parts.length < 2) throw new UnreadablePathError(`Internal Server Error: ${goQuote(queryText === '' ? path : `${path}?${queryText}`)}: failed to create RequestInfo: unable to determine kind and namespace from url, ${path}\n`, 500);
    verb = parts[0] ?? '';
    parts = parts.slice(1);
  }

  let namespace = '';
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1] ?? '';
    if (parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2] ?? '')) parts = parts.slice(2);
  }

  const [resource = '', pathName = '', pathSubresource = ''] = parts;
  let name = pathName;
  if (name === '' && verb === 'get') {
    const watch = query('watch');
    verb = isTrue(watch) ? 'watch' : 'list';
  }
  if (name === '' && (verb === 'list' || verb === 'watch')) name = nameOfFieldSelector(query('fieldSelector'));
  if (name === '' && verb === 'delete') verb = 'deletecollection';
  return {
    isResourceRequest: true, path, verb, apiPrefix: prefix, group, version, namespace, resource, name, parts,
    subresource: verb === 'proxy' && special ? '' : pathSubresource,
  };
}

/** A list or watch of exactly one name is authorized as such, if its selector can be read. */
function nameOfFieldSelector(selector: string | undefined): string {
  if (selector === undefined || !selector.includes('metadata.name')) return '';
  try {
    const name = parseFieldSelector(selector).requires('metadata.name');
    return name !== undefined && name !== '.' && name !== '..' && !/[/%]/.test(name) ? name : '';
  } catch (error) {
    if (error instanceof SelectorError) return '';
    throw error;
  }
}
