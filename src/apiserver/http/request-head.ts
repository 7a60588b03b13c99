import type { IncomingHeaders } from './exchange.ts';

/** A request of HTTP/1.1 up to its body. */
export interface RequestHead {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly headers: IncomingHeaders;
  readonly bodyBytes: number;
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** What these ask for is not plain. */
const NOT_PLAIN: ReadonlySet<string> = new Set(['transfer-encoding', 'upgrade', 'expect', 'trailer', 'te', 'cookie', 'proxy-connection', '__proto__']);
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const TARGET = /^\/[\x21-\x7e]*$/;
const VERSION = ' HTTP/1.1';

interface Block {
  readonly text: string;
  readonly headers: IncomingHeaders;
  readonly bodyBytes: number;
}

/**
 * Reads heads of plain requests: those that clients of an API send all day. All else (chunked bodies, upgrades, headers sent twice, anything out of the ordinary)
 * is undefined, and for the full reader of Node. One reader a connection: most requests of a connection repeat their headers to the letter.
 */
export class RequestHeadReader {
  #last: Block | undefined;

  /** `text`: without the empty line at its end. */
  read(text: string): RequestHead | undefined {
    const lineEnd = text.indexOf('\r\n');
    if (lineEnd < 0) return undefined; // HTTP/1.1 wants a Host
    const space = text.indexOf(' ');
    const method = text.slice(0, space);
    const target = text.slice(space + 1, lineEnd - VERSION.length);
    if (!METHODS.has(method) || !text.startsWith(VERSION, lineEnd - VERSION.length) || !TARGET.test(target)) return undefined;
    const block = text.slice(lineEnd + 2);
    if (this.#last?.text !== block) this.#last = readBlock(block);
    return this.#last && { method, target, headers: this.#last.headers, bodyBytes: this.#last.bodyBytes };
  }
}

function readBlock(text: string): Block | undefined {
  const headers: Record<string, string> = {};
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).replace(/^[\t ]+|[\t ]+$/g, '');
    const key = name.toLowerCase();
    if (colon < 1 || !NAME.test(name) || !VALUE.test(value) || NOT_PLAIN.has(key) || Object.hasOwn(headers, key)) return undefined;
    if (key === 'connection' && value.toLowerCase() !== 'keep-alive') return undefined;
    headers[key] = value;
  }
  const length = headers['content-length'] ?? '0';
  if (headers['host'] === undefined || !/^\d{1,15}$/.test(length)) return undefined;
  return { text, headers, bodyBytes: Number(length) };
}
