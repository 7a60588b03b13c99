import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { ADMIN_TOKEN } from './test-server.ts';

/** A body is read loosely: tests say what they expect of it. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Json;
}

export const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
export const APPLY = 'application/apply-patch+yaml';
export const MERGE = 'application/merge-patch+json';

/** Single requests to a server on loopback, as its administrator unless headers say otherwise. A text goes as it is, all else as JSON. */
export class JsonClient implements Disposable {
  readonly #port: number;
  readonly #token: string;
  readonly #agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

  constructor(port: number, token: string = ADMIN_TOKEN) {
    this.#port = port;
    this.#token = token;
  }

  /** `ask`: `GET /api`. The body of the answer is parsed if it is JSON. */
  async ask(ask: string, payload?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const [method = '', path = ''] = ask.split(' ');
    const body = payload === undefined ? '' : typeof payload === 'string' ? payload : JSON.stringify(payload);
    const type = method === 'PATCH' ? MERGE : 'application/json';
    const sent = request({ host: '127.0.0.1', port: this.#port, method, path, agent: this.#agent, headers: { authorization: `Bearer ${this.#token}`, 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers } });
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const received = await text(response);
    const isJson = response.headers['content-type']?.startsWith('application/json') ?? false;
    return { status: response.statusCode ?? 0, headers: response.headers, body: isJson && received !== '' && !received.includes('\n{') ? JSON.parse(received) : received };
  }

  /** As `ask`; throws unless it succeeds. Gives the body. */
  async must(ask: string, payload?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Json> {
    const { status, body } = await this.ask(ask, payload, headers);
    if (status >= 300) throw new Error(`${ask}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
