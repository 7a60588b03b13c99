import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { badRequest, internalError, notFound, StatusError } from '../../apimachinery/status.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import { TaskGroup } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import { isRuntimeError, runtimeErrorText, type ContainerRuntime } from '../../runtime/index.ts';
import { parseLogOptions } from '../logs/log-options.ts';
import { readLog } from '../logs/log-reader.ts';
import { remoteCommandOptions, UpgradeError, UpgradeRefused } from '../../streaming/index.ts';
import { readySandbox, loadPodRuntime } from '../pods/pod-runtime.ts';
import type { KubeletAuth } from './auth.ts';
import { loggedContainer, parseTarget, podOf, runningContainer, runningPods, type Target } from './container-lookup.ts';
import { serveLogFiles } from './log-files.ts';
import type { Measurements } from './measurements.ts';
import type { KubeletServerOptions } from './options.ts';
import { streamSession, type StreamSession } from './stream-session.ts';

export interface ServerParts {
  readonly options: KubeletServerOptions;
  readonly auth: KubeletAuth;
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pods: () => readonly DeepReadonly<Pod>[];
  readonly measurements: Measurements;
  /** What `/configz` tells. */
  readonly configuration: () => object;
  /** The folder of the node's logs; undefined: it has none. */
  readonly logsDir: string | undefined;
}

/** The kubelet's own HTTPS port: logs, commands, attachments and forwarded ports for the API server, health and measurements for everyone allowed. */
export class KubeletServer implements AsyncDisposable {
  readonly #parts: ServerParts;
  readonly #server: Server;
  readonly #tasks = new TaskGroup();

  constructor(parts: ServerParts) {
    this.#parts = parts;
    const { tls } = parts.options;
    this.#server = createServer({ ...tls, requestCert: true, rejectUnauthorized: false });
    this.#server.on('request', (request, response) => this.#tasks.run((signal) => this.#serve(request, response, signal)));
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => this.#tasks.run((signal) => this.#upgrade(request, socket, head, signal)));
    this.#server.on('tlsClientError', (error) => parts.logger.debug('a connection was refused', { error: error.message }));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  /** Resolves when the port is bound. Rejects when it is busy, naming it. */
  async start(): Promise<void> {
    const { address, port } = this.#parts.options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new Error(`the kubelet's port ${port} is in use; end what listens there, or choose another one`, { cause: error }) : error);
    });
    this.#server.listen(port, address, resolve);
    await promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await this.#tasks.close();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse, groupSignal: AbortSignal): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const signal = AbortSignal.any([groupSignal, gone.signal]);
    try {
      const url = new URL(request.url ?? '/', 'https://node');
      await this.#parts.auth.check(request, url.pathname, signal);
      await this.#answer(request, url, response, signal);
    } catch (error) {
      if (signal.aborted) response.destroy();
      else this.#refuse(response, error);
    }
  }

  #refuse(response: ServerResponse, error: unknown): void {
    const status = this.#statusOf(error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.writeHead(status.code, { 'content-type': 'text/plain; charset=utf-8' }).end(status.message);
  }

  #statusOf(error: unknown): { code: number; message: string } {
    if (StatusError.is(error)) return { code: error.code, message: error.message };
    if (isRuntimeError(error)) return { code: error.reason === 'NotFound' ? 404 : 500, message: runtimeErrorText(error) };
    if (error instanceof UpgradeError) return { code: error.code, message: error.message };
    if (error instanceof UpgradeRefused) return { code: 502, message: error.message };
    if (error instanceof RangeError) return { code: 400, message: error.message };
    this.#parts.logger.error('a request to the kubelet failed', { error });
    return { code: 500, message: internalError((error as Error).message).message };
  }

  async #answer(request: IncomingMessage, url: URL, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const { runtime, pods, measurements } = this.#parts;
    const path = url.pathname;
    if (path === '/healthz' || path.startsWith('/healthz/')) return text(response, 'ok');
    if (path === '/pods' || path === '/pods/') return json(response, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods().map((pod) => ({ apiVersion: 'v1', kind: 'Pod', ...pod })) });
    if (path.startsWith('/containerLogs/')) return this.#logs(url, response, signal);
    if (path === '/stats/summary' || path === '/stats/summary/') return json(response, await measurements.summary(signal));
    if (path === '/metrics/resource') return metricsText(response, await measurements.resource(signal));
    if (path === '/metrics/cadvisor') return metricsText(response, await measurements.cadvisor(signal));
    if (path === '/metrics/probes') return metricsText(response, measurements.probes());
    if (path === '/metrics') return metricsText(response, await measurements.own(signal));
    if (path === '/configz') return json(response, this.#parts.configuration());
    if (path === '/logs') return void response.writeHead(301, { location: 'logs/' }).end();
    if (path.startsWith('/logs/') && this.#parts.logsDir !== undefined) return serveLogFiles(this.#parts.logsDir, decodeURIComponent(path.slice('/logs/'.length)), response);
    if (path === '/runningpods' || path === '/runningpods/') return json(response, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: await runningPods(runtime, signal) });
    if (request.method === 'POST' && path.startsWith('/run/')) return this.#run(url, response, signal);
    if (/^\/(exec|attach|portForward)\//.test(path)) throw badRequest('you must specify at least 1 of stdin, stdout, stderr, and ask for an upgrade of the connection');
    throw notFound({ group: '', resource: 'paths' }, path);
  }

  #podOf(target: Target): DeepReadonly<Pod> {
    return podOf(target, (namespace, name) => this.#parts.pods().find(({ metadata }) => metadata.namespace === namespace && metadata.name === name));
  }

  async #logs(url: URL, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const { runtime, clock } = this.#parts;
    const target = targetOf(url.pathname);
    const pod = this.#podOf(target);
    const options = parseLogOptions(url.searchParams, clock.now());
    const container = await loggedContainer(runtime, pod, target.containerName, options.previous, signal);
    const isRunning = async (): Promise<boolean> => (await runtime.listContainers({ id: container.id }, signal))[0]?.state === 'CONTAINER_RUNNING';
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'transfer-encoding': 'chunked' });
    response.flushHeaders();
    for await (const piece of readLog({ path: container.logPath, clock, isRunning }, options, signal)) {
      if (!response.write(piece)) await drained(response, signal);
    }
    response.end();
  }

  async #run(url: URL, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const { runtime } = this.#parts;
    const target = targetOf(url.pathname);
    const container = await runningContainer(runtime, this.#podOf(target), target.containerName, signal);
    const { stdout, stderr } = await runtime.execSync(container.id, (url.searchParams.get('cmd') ?? '').split(' '), 0, signal);
    text(response, Buffer.concat([stdout, stderr]));
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, signal: AbortSignal): Promise<void> {
    const onAbort = (): void => void socket.destroy();
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', () => socket.destroy());
    try {
      const url = new URL(request.url ?? '/', 'https://node');
      await this.#parts.auth.check(request, url.pathname, signal);
      const session = await this.#session(url, signal);
      await streamSession({ request, socket, head, session, clock: this.#parts.clock });
      // An HTTP server leaves sockets half open; what was written still goes out.
      socket.end(() => socket.destroy());
    } catch (error) {
      if (signal.aborted) return;
      const { code, message } = this.#statusOf(error);
      socket.end(`HTTP/1.1 ${code} Refused\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(message)}\r\nconnection: close\r\n\r\n${message}`);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Where the runtime serves the session that the path asks for. */
  async #session(url: URL, signal: AbortSignal): Promise<StreamSession> {
    const { runtime } = this.#parts;
    const query = url.searchParams;
    const [, verb = ''] = url.pathname.split('/');
    const target = targetOf(url.pathname, verb !== 'portForward');
    const pod = this.#podOf(target);
    if (verb === 'portForward') {
      const sandbox = readySandbox(await loadPodRuntime(runtime, pod.metadata.uid, signal));
      if (!sandbox) throw badRequest(`pod ${JSON.stringify(target.podName)} is not running`);
      const ports = query.getAll('port').flatMap((some) => some.split(',')).map(Number);
      return { kind: 'portForward', url: new URL(await runtime.portForward(sandbox.id, ports, signal)) };
    }
    const { id } = await runningContainer(runtime, pod, target.containerName, signal);
    const options = remoteCommandOptions(query);
    const streams = { containerId: id, ...options };
    if (verb === 'exec') return { kind: 'command', options, url: new URL(await runtime.exec({ ...streams, cmd: query.getAll('command') }, signal)) };
    if (verb === 'attach') return { kind: 'command', options, url: new URL(await runtime.attach(streams, signal)) };
    throw notFound({ group: '', resource: 'paths' }, url.pathname);
  }
}

function targetOf(path: string, hasContainer = true): Target {
  const target = parseTarget(path, hasContainer);
  if (!target) throw badRequest(`not the path of a pod: ${path}`);
  return target;
}

function text(response: ServerResponse, body: string | Uint8Array): void {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(body);
}

function metricsText(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(body);
}

function json(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => {
    signal.removeEventListener('abort', done);
    resolve();
  };
  response.once('drain', done).once('close', done);
  signal.addEventListener('abort', done, { once: true });
  return promise;
}
