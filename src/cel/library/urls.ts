/** Source: apiserver pkg/cel/library/urls.go, and Go's net/url, whose reading of a URL differs from that of browsers. */
import { goQuote } from '../../apimachinery/go-quote.ts';
import { BOOL, listOf, mapOf, opaque, STRING } from '../checker/types.ts';
import { EvaluationError } from '../runtime/errors.ts';
import { LiteralMap, OpaqueValue, type Value } from '../runtime/values.ts';
import { member, overload, traversal, type Declaration } from './declare.ts';

const URL_TYPE = opaque('kubernetes.URL');

/** All as it is written, but the scheme, which is in lower case. */
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

function escapeFault(text: string): string | undefined {
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(text)?.[0];
  return bad === undefined ? undefined : `invalid URL escape ${goQuote(bad)}`;
}

/** Of `name[:password]@host[:port]`. */
function authorityFault(authority: string): string | undefined {
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  const end = host.lastIndexOf(']');
  if (host.startsWith('[') && end < 0) return "missing ']' in host";
  const port = host.startsWith('[') ? host.slice(end + 1) : (/:[^:]*$/.exec(host)?.[0] ?? '');
  if (!/^(:\d*)?$/.test(port)) return `invalid port ${goQuote(port)} after host`;
  const odd = /[^\u0080-\uffffA-Za-z0-9\-._~!$&'()*+,;=:[\]<>"%]/.exec(host)?.[0];
  if (odd !== undefined) return `invalid character ${goQuote(odd)} in host name`;
  if (at >= 0 && !/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(authority.slice(0, at))) return 'net/url: invalid userinfo';
  return escapeFault(host);
}

/** What is wrong with a text as an absolute URL or an absolute path; or its parts. There is no fragment in it. */
function readWithoutFragment(text: string): Parts | string {
  if (Array.from(text).some((char) => char < ' ' || char === '\u007f')) return 'net/url: invalid control character in URL';
  if (text === '') return 'empty url';
  if (text === '*') return { scheme: '', host: '', path: '*', query: '' };
  if (text.startsWith(':')) return 'missing protocol scheme';
  const scheme = /^([a-zA-Z][a-zA-Z0-9+\-.]*):/.exec(text)?.[1] ?? '';
  const [, rest = '', query = ''] = /^([^?]*)\??(.*)$/s.exec(scheme === '' ? text : text.slice(scheme.length + 1)) ?? [];
  const parts = { scheme: scheme.toLowerCase(), host: '', path: '', query };
  if (!rest.startsWith('/')) return scheme === '' ? 'invalid URI for request' : parts; // `mailto:somebody` has neither host nor path
  const [, authority, path = ''] = (rest.startsWith('///') && scheme === '' ? undefined : /^\/\/([^/]*)(.*)$/s.exec(rest)) ?? [undefined, undefined, rest];
  const fault = (authority === undefined ? undefined : authorityFault(authority)) ?? escapeFault(path);
  return fault ?? { ...parts, host: (authority ?? '').replace(/^.*@/s, ''), path };
}

function read(text: string): Parts | string {
  const whole = readWithoutFragment(text); // Go takes the fragment for a part of what stands before it at first
  return typeof whole === 'string' || !text.includes('#') ? whole : readWithoutFragment(text.slice(0, text.indexOf('#')));
}

function parse(text: string): UrlValue {
  const parts = read(text);
  if (typeof parts === 'string') throw new EvaluationError(`URL parse error during conversion from string: parse ${goQuote(text)}: ${parts}`);
  return new UrlValue(text, parts);
}

function hostname({ host }: Parts): string {
  if (host.startsWith('[')) return host.slice(1, host.indexOf(']'));
  return host.replace(/:\d*$/, '');
}

function unescaped(text: string): Buffer {
  return Buffer.concat(text.split(/(%[0-9a-fA-F]{2})/).map((part) => (part.startsWith('%') ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part))));
}

/** As it is written if nothing in it had to be escaped; else with all escaped that Go escapes. Source: URL.EscapedPath. */
function escapedPath({ path }: Parts): string {
  if (/^[A-Za-z0-9\-._~!$&'()*+,;=:@[\]/%]*$/.test(path)) return path;
  return [...unescaped(path)].map((byte) => {
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9\-._~$&+,/:;=@]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

/** Pairs that cannot be read are left out. */
function query({ query: text }: Parts): LiteralMap {
  const all = new Map<string, string[]>();
  for (const pair of text.split('&')) {
    if (pair === '' || pair.includes(';') || escapeFault(pair) !== undefined) continue;
    const [, key = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(pair) ?? [];
    const name = unescaped(key.replaceAll('+', ' ')).toString();
    all.set(name, [...(all.get(name) ?? []), unescaped(value.replaceAll('+', ' ')).toString()]);
  }
  const map = new LiteralMap();
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
  getter('getEscapedPath', escapedPath),
  ['getQuery', member('url_get_query', [URL_TYPE], mapOf(STRING, listOf(STRING)), ({ parts }: UrlValue) => query(parts))],
];

/** Why Go would not take a text for a URL; undefined if it would. */
export function urlProblem(text: string): string | undefined {
  const parts = read(text);
  return typeof parts === 'string' ? parts : undefined;
}
