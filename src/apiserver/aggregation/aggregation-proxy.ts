import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { StatusError } from '../../apimachinery/status.ts';
import { watchEvents } from '../../client/watch-stream.ts';
import type { Answer } from '../answer.ts';
import type { PathHandler } from '../handlers/dispatcher.ts';
import { proxyExchange } from '../proxy/http-proxy.ts';
import { goNetworkError } from '../webhooks/call-error.ts';
import type { ApiRequest } from '../request.ts';
import type { Backends } from './backends.ts';
import type { RemoteApis } from './remote-apis.ts';
import { isAvailable, type RemoteService } from './remote-service.ts';
import { stringifyWhole } from '../../apimachinery/whole-numbers.ts';

function plain(status: number, text: string): Answer {
  return { status, type: 'bytes', contentType: 'text/plain; charset=utf-8', bytes: Buffer.from(`${text}\n`), headers: { 'x-content-type-options': 'nosniff' } };
}

/** Hands requests for the group versions of other servers, and for their OpenAPI documents, on to them. Source: kube-aggregator pkg/apiserver/handler_proxy.go. */
export class AggregationProxy implements PathHandler {
  readonly #apis: RemoteApis;
  readonly #backends: Backends;

  constructor(apis: RemoteApis, backends: Backends) {
    this.#apis = apis;
    this.#backends = backends;
  }

  handle(request: ApiRequest): Answer | undefined | Promise<Answer> {
    if (this.#apis.isEmpty) return undefined;
    const [, group, version] = /^(?:\/openapi\/v3)?\/apis\/([^/]+)\/([^/]+)/.exec(request.info.path) ?? [];
    const service = group === undefined || version === undefined ? undefined : this.#apis.find(group, version);
    return service && this.#pass(request, service);
  }

  #pass(request: ApiRequest, service: RemoteService): Answer | Promise<Answer> {
    if (!isAvailable(service)) return plain(503, 'service unavailable');
    const { exchange, user } = request;
    const query = exchange ? exchange.query : request.query.toString();
    const path = `${exchange ? exchange.path : request.info.path}${query === '' ? '' : `?${query}`}`;
    try {
      const target = this.#backends.target(service, path, user);
      if (!exchange) return this.#ask(request, target);
      return { status: 200, type: 'stream', serve: (one) => proxyExchange(one, { ...target, refusesInText: true, refusesRedirects: true }) };
    } catch (error) {
      if (!StatusError.is(error)) throw error;
      return plain(503, 'service unavailable');
    }
  }

  /** Components of this process have no exchange to hand on. */
  async #ask(request: ApiRequest, target: ReturnType<Backends['target']>): Promise<Answer> {
    const body = await request.readBody();
    const bytes = 'bytes' in body ? body.bytes : Buffer.from(stringifyWhole(body.object));
    const type = request.headers['content-type'];
    const { accept } = request.headers;
    const headers = { 'content-type': typeof type === 'string' ? type : 'application/json', ...(typeof accept === 'string' && { accept }) };
    const options = { method: request.method, signal: request.signal, headers, ...(bytes.length > 0 && { body: bytes }) };
    try {
      if (request.info.verb === 'watch') return await this.#watch(request, await this.#backends.open(target, options));
      const answer = await this.#backends.ask(target, options);
      const contentType = answer.headers['content-type'];
      return { status: answer.status, type: 'bytes', contentType: typeof contentType === 'string' ? contentType : 'text/plain', bytes: answer.body };
    } catch (error) {
      if (!(error instanceof Error) || request.signal.aborted) throw error;
      return plain(503, `error trying to reach service: ${goNetworkError(error)}`);
    }
  }

  async #watch({ signal }: ApiRequest, answer: IncomingMessage): Promise<Answer> {
    if (answer.statusCode === 200) return { status: 200, type: 'events', events: watchEvents(answer, signal) };
    return { status: answer.statusCode ?? 500, type: 'bytes', contentType: answer.headers['content-type'] ?? 'text/plain', bytes: Buffer.from(await text(answer)) };
  }
}
