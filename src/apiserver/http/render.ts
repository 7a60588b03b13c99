import type { Clock } from '../../base/clock.ts';
import type { Answer, ListContent } from '../answer.ts';
import { type Encoder } from '../encoding/encoder.ts';
import type { Exchange, OutgoingHeaders } from './exchange.ts';
import { GzipBody } from './gzip-body.ts';
import { type Body, BytesBody, isLong } from './long-body.ts';
import { warningHeaders } from './warnings.ts';

/** Smaller answers are not worth the work. */
const GZIP_BYTES = 128 * 1024;

export interface RenderOptions {
  readonly encoder: Encoder;
  readonly clock: Clock;
  readonly auditId: string;
  readonly warnings: readonly string[];
  readonly pretty: boolean;
  readonly includeObject: string | undefined;
  /** Beside those that every answer has; known only once the request has been judged. */
  headers?: OutgoingHeaders | undefined;
}

/** Headers of every answer. */
export function commonHeaders(auditId: string, warnings: readonly string[]): OutgoingHeaders {
  const headers: OutgoingHeaders = { 'audit-id': auditId, 'cache-control': 'no-cache, private' };
  if (warnings.length > 0) headers['warning'] = warningHeaders(warnings);
  return headers;
}

/** Writes an answer that has a whole body. */
export function render(exchange: Exchange, answer: Exclude<Answer, { type: 'watch' | 'events' | 'stream' }>, options: RenderOptions): void {
  const headers = commonHeaders(options.auditId, options.warnings);
  if (options.headers) Object.assign(headers, options.headers);
  if (answer.headers) Object.assign(headers, answer.headers);
  const { bytes, contentType } = bodyOf(answer, options);
  if (contentType !== '') headers['content-type'] = contentType;
  if ((bytes.length === undefined || bytes.length >= GZIP_BYTES) && acceptsGzip(exchange)) {
    headers['content-encoding'] = 'gzip';
    headers['vary'] = 'Accept-Encoding';
    exchange.send(answer.status, headers, new GzipBody(isLong(bytes) ? bytes : new BytesBody(bytes)));
    return;
  }
  exchange.send(answer.status, headers, bytes);
}

function acceptsGzip(exchange: Exchange): boolean {
  const accepted = exchange.headers['accept-encoding'];
  return typeof accepted === 'string' && accepted.split(',').some((one) => one.trim().split(';')[0] === 'gzip');
}

function bodyOf(answer: Exclude<Answer, { type: 'watch' | 'events' | 'stream' }>, given: RenderOptions): { bytes: Body; contentType: string } {
  if (answer.type === 'bytes') return answer;
  const options = answer.form.pretty && !given.pretty ? { ...given, pretty: true } : given;
  const { encoder, pretty } = options;
  switch (answer.type) {
    case 'entry': return encoder.entry(answer.entry, answer.resource, answer.form, options);
    case 'list': return encoder.list(answer satisfies ListContent, options);
    case 'object': return encoder.object(answer.object, answer.message, answer.form, pretty);
  }
}
