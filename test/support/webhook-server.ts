import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { text } from 'node:stream/consumers';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { SystemRandom } from '../../src/base/random.ts';
import type { WebhookTools } from '../../src/apiserver/admission/webhook/hook-caller.ts';
import { CachedObjects } from '../../src/apiserver/cacher/cached-objects.ts';
import { resourcePrefix } from '../../src/apiserver/cacher/cacher.ts';
import type { ApiServer } from '../../src/apiserver/index.ts';
import { WebhookClient } from '../../src/apiserver/webhooks/webhook-client.ts';
import { WebhookMetrics } from '../../src/apiserver/webhooks/webhook-metrics.ts';
import { issueCredentials, newAuthority, type Authority, type Credentials } from '../../src/pki/index.ts';

export interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The common name of the client's certificate; undefined without one. */
  readonly certificateOf: string | undefined;
  // oxlint-disable-next-line typescript/no-explicit-any -- reviews of any kind
  readonly review: any;
  /** The same as it came. */
  readonly body: string;
}

/** What a webhook does with a review: what it answers, as JSON or (a string) as it is. */
export type Behaviour = (asked: Asked) => object | string | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> } | Promise<object | string>;

/** A webhook on a port of loopback, over real TLS. */
export class WebhookServer implements AsyncDisposable {
  readonly #server: Server;
  readonly caBundle: string;
  readonly #authority: Authority;
  readonly asked: Asked[] = [];
  /** How many connections were made. */
  connections = 0;
  behaviour: Behaviour = () => ({});

  constructor(dnsNames: readonly string[] = ['localhost']) {
    const now = new SystemClock().now();
    const validity = { notBefore: now - 60_000, notAfter: now + 86_400_000 };
    const authority = newAuthority({ commonName: 'webhook-ca', ...validity });
    const credentials = issueCredentials(authority, { subject: { commonName: 'webhook' }, names: { dnsNames: [...dnsNames], ipAddresses: ['127.0.0.1'] }, usages: ['server auth'], ...validity });
    this.#authority = authority;
    this.caBundle = Buffer.from(authority.certificatePem).toString('base64');
    this.#server = createServer({ cert: credentials.certificatePem, key: credentials.keyPem, ca: authority.certificatePem, requestCert: true, rejectUnauthorized: false }, (request, response) => {
      void (async () => {
        const body = await text(request);
        const certificate = (request.socket as TLSSocket).getPeerCertificate();
        const asked = { path: request.url ?? '', headers: request.headers, certificateOf: certificate.subject?.CN as string | undefined, review: body === '' ? undefined : JSON.parse(body) as Asked['review'], body };
        this.asked.push(asked);
        const answer = await this.behaviour(asked);
        if (typeof answer === 'object' && 'body' in answer) response.writeHead((answer as { status: number }).status, (answer as { headers?: Record<string, string> }).headers).end(answer.body);
        else response.writeHead(200, { 'content-type': 'application/json' }).end(typeof answer === 'string' ? answer : JSON.stringify(answer));
      })();
    });
    this.#server.keepAliveTimeout = 0; // however long a test takes between two calls
    this.#server.on('secureConnection', () => this.connections++);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(path: string): string {
    return `https://127.0.0.1:${this.port}${path}`;
  }

  /** A client's certificate that this webhook knows. */
  clientCertificate(commonName: string): Credentials {
    const now = new SystemClock().now();
    return issueCredentials(this.#authority, { subject: { commonName }, usages: ['client auth'], notBefore: now - 60_000, notAfter: now + 86_400_000 });
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** What webhook plugins of a server under test are made of. */
export function webhookTools(server: () => ApiServer): WebhookTools {
  const parts = { clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger };
  const objects = (): CachedObjects => new CachedObjects(server().cacher);
  const client = new WebhookClient({ objects, ...parts, ownPorts: () => [server().port], self: () => server().transportFor({ name: 'system:apiserver', groups: ['system:masters'] }) });
  return { objects, resources: () => server().resources, client, metrics: new WebhookMetrics(), ...parts };
}

/** Makes a service's port lead to a port of loopback, which validation lets no client write. */
export async function putEndpoint(server: ApiServer, service: { readonly namespace: string; readonly name: string; readonly portName: string; readonly port: number }): Promise<void> {
  const { namespace, name, portName, port } = service;
  const object = {
    kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1', metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4', endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }], ports: [{ name: portName, port, protocol: 'TCP' }],
  };
  await server.cacher.commit({ key: `${resourcePrefix('discovery.k8s.io', 'endpointslices')}${namespace}/${name}`, object: object as never, expected: 0 });
}
