import { request as httpsRequest } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface Asked {
  readonly url: URL;
  readonly body: string;
  readonly request: IncomingMessage;
}

export interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

/** A listener of requests that answers with JSON; what the handler throws is a 500 with its message. */
export function answering(handler: (asked: Asked) => Answer | Promise<Answer>): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    void (async () => {
      let answer: Answer;
      try {
        answer = await handler({ url: new URL(request.url ?? '/', 'https://pod'), body: await text(request), request });
      } catch (error) {
        answer = { status: 500, body: (error as Error).message };
      }
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
    })();
  };
}

/** Asks with the pod's own credentials; trusts the cluster's authority only. Gives the body as JSON. Rejects for any answer but 200 and 201. */
export async function ask<T>(url: string, body?: object): Promise<T> {
  const headers = { authorization: `Bearer ${readFileSync(`${ACCOUNT}/token`, 'utf8')}`, 'content-type': 'application/json' };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  httpsRequest(url, { method: body ? 'POST' : 'GET', ca: readFileSync(`${ACCOUNT}/ca.crt`), headers, agent: false }, resolve).on('error', reject).end(body && JSON.stringify(body));
  const answer = await promise;
  const said = await text(answer);
  if (answer.statusCode !== 200 && answer.statusCode !== 201) throw new Error(`${url}: ${answer.statusCode} ${said}`);
  return JSON.parse(said) as T;
}

/** The address of the API server, as pods are told it. */
export const apiServer = (): string => `https://${process.env.KUBERNETES_SERVICE_HOST}:${process.env.KUBERNETES_SERVICE_PORT}`;

/** The certificate that the pod's volume has for its server. */
export function ownCertificate(): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync('/certificates/tls.crt'), key: readFileSync('/certificates/tls.key') };
}
