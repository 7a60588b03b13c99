/** Source: apiserver pkg/cel/library/urls.go, and Go's net/url, whose reading of a URL differs from that of browsers. */
import { BOOL, listOf, mapOf, opaque, STRING } from '../checker/types.ts';
import { EvaluationError } from '../runtime/errors.ts';
import { LiteralMap, OpaqueValue, type Value } from '../runtime/values.ts';
import { member, overload, traversal, type Declaration } from './declare.ts';

const URL_TYPE = opaque('kubernetes.URL');
const FORM = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#.*)?$/s;

interface Parts {
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
}

class UrlValue extends OpaqueValue {
  readonly typeName = 'kubernetes.URL';
  readonly text: string;
  readonly parts: Parts;

  constructor(text: string, parts: Parts) {
    super();
    this.text = text;
    this.parts = parts;
  }

  override equals(other: Value): boolean {
    return other instanceof UrlValue && other.text === this.text;
  }
}

/** What is wrong with a text as an absolute URL or an absolute path; or its parts. */
function read(text: string): Parts | string {
  // Control characters are refused by net/url.
  if (Array.from(text).some((char) => char < ' ' || char === '\u007f')) return 'net/url: invalid control character in URL';
  if (text === '') return 'empty url';
  const match = FORM.exec(text);
  if (!match || (!match[1] && !text.startsWith('/'))) return 'invalid URI for request';
  const [, scheme = '', authority, path = '', query = ''] = match;
  if (scheme !== '' && authority === undefined && !path.startsWith('/')) return 'invalid URI for request';
  if (/%(?![0-9a-fA-F]{2})/.test(path)) return `invalid URL escape ${JSON.stringify(/%(?![0-9a-fA-F]{2}).{0,2}/.exec(path)?.[0] ?? '')}`;
  const host = (authority ?? '').replace(/^.*@/s, '');
  if (/[ <>"\\^`{|}]/.test(host)) return `invalid character ${JSON.stringify(/[ <>"\\^`{|}]/.exec(host)?.[0] ?? '')} in host name`;
  const port = /:([^:\]]*)$/.exec(host.replace(/^\[[^\]]*\]/, ''))?.[1];
  if (port !== undefined && !/^\d*$/.test(port)) return `invalid port ${JSON.stringify(`:${port}`)} after host`;
  if (host.startsWith('[') && !host.includes(']')) return "missing ']' in host";
  return { scheme: scheme.toLowerCase(), host, path, query };
}

function parse(text: string): UrlValue {
  const parts = read(text);
  if (typeof parts === 'string') throw new EvaluationError(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: ${parts}`);
  return new UrlValue(text, parts);
}

function hostname({ host }: Parts): string {
  if (host.startsWith('[')) return host.slice(1, host.indexOf(']'));
  return host.replace(/:\d*$/, '');
}

function query({ query: text }: Parts): LiteralMap {
  const map = new LiteralMap();
  const all = new Map<string, string[]>();
  for (const [key, value] of new URLSearchParams(text)) all.set(key, [...(all.get(key) ?? []), value]);
  for (const [key, values] of all) map.set(key, values);
  return map;
}

function getter(name: string, of: (parts: Parts) => string): Declaration {
  return [name, member(`url_${name}`, [URL_TYPE], STRING, ({ parts }: UrlValue) => of(parts))];
}

export const urlLibrary: readonly Declaration[] = [
  ['url', overload('string_to_url', [STRING], URL_TYPE, parse, traversal())],
  ['isURL', overload('is_url_string', [STRING], BOOL, (text: string) => typeof read(text) !== 'string')],
  getter('getScheme', ({ scheme }) => scheme), getter('getHost', ({ host }) => host), getter('getHostname', hostname),
  getter('getPort', ({ host }) => /:(\d*)$/.exec(host.replace(/^\[[^\]]*\]/, ''))?.[1] ?? ''),
  getter('getEscapedPath', ({ path }) => path),
  ['getQuery', member('url_get_query', [URL_TYPE], mapOf(STRING, listOf(STRING)), ({ parts }: UrlValue) => query(parts))],
];

/** Why Go would not take a text for a URL; undefined if it would. */
export function urlProblem(text: string): string | undefined {
  const parts = read(text);
  return typeof parts === 'string' ? parts : undefined;
}
