import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { deflateRaw, gunzip, gzip, inflateRaw } from 'node:zlib';
import type { Exchange, OutgoingHeaders } from '../http/exchange.ts';
import { rewriteHtml, rewriteUrl, type ProxiedPage } from './rewrite-links.ts';

/** A page that is longer passes as it is: it must be held whole to be rewritten. */
const MAX_PAGE_BYTES = 8 << 20;

/** What the other side says of origins is about its own, not about the server's. Source: apimachinery pkg/util/proxy, removeCORSHeaders. */
const ORIGIN_HEADERS = ['access-control-allow-credentials', 'access-control-allow-headers', 'access-control-allow-methods', 'access-control-allow-origin'];

type Coder = (bytes: Buffer) => Promise<Buffer>;
const same: Coder = (bytes) => Promise.resolve(bytes);
const ENCODINGS: ReadonlyMap<string, { readonly read: Coder; readonly write: Coder }> = new Map([
  ['', { read: same, write: same }],
  ['gzip', { read: (bytes) => promisify<Buffer, Buffer>(gunzip)(bytes), write: (bytes) => promisify<Buffer, Buffer>(gzip)(bytes) }],
  ['deflate', { read: (bytes) => promisify<Buffer, Buffer>(inflateRaw)(bytes), write: (bytes) => promisify<Buffer, Buffer>(deflateRaw)(bytes) }],
]);

interface Answered {
  readonly status: number;
  /** Those that are passed on; changed here. */
  readonly headers: OutgoingHeaders;
  readonly page: ProxiedPage;
}

/** Makes a redirect, or the links of a page of HTML, lead through the proxy. True: the answer has been sent; false: its body passes as it is. */
export async function passPage(exchange: Exchange, answer: IncomingMessage, { status, headers, page }: Answered): Promise<boolean> {
  for (const name of ORIGIN_HEADERS) delete headers[name];
  const { location } = headers;
  if (typeof location === 'string' && location !== '') {
    headers['location'] = rewriteUrl(location, page);
    return false;
  }
  const type = answer.headers['content-type']?.split(';')[0]?.trim();
  const coder = ENCODINGS.get(answer.headers['content-encoding'] ?? '');
  if (type !== 'text/html' || !coder || exchange.method === 'HEAD') return false;
  if (Number(answer.headers['content-length'] ?? 0) > MAX_PAGE_BYTES) return false;
  const { bytes, isWhole } = await read(answer);
  delete headers['content-length'];
  if (isWhole) {
    const html = (await coder.read(bytes)).toString('latin1'); // byte for byte, whatever the encoding of its text
    exchange.send(status, headers, await coder.write(Buffer.from(rewriteHtml(html, (target) => rewriteUrl(target, page)), 'latin1')));
    return true;
  }
  // Too long after all: what has been read goes first.
  answer.unshift(bytes);
  return false;
}

async function read(answer: IncomingMessage): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_PAGE_BYTES) return { bytes: Buffer.concat(chunks), isWhole: false };
  }
  return { bytes: Buffer.concat(chunks), isWhole: true };
}
