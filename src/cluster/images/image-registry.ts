import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { Component } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import type { ImageStore } from './image-store.ts';
import { formatReference } from './reference.ts';

/**
 * A read-only registry (OCI distribution specification, pull) of what `kubets image load` brought. Containerd asks it first for every registry and
 * names the one meant in `?ns=`, so that any pull policy works without a network.
 */
export class ImageRegistry implements Component {
  readonly #store: ImageStore;
  readonly #listen: { readonly address: string; readonly port: number };
  readonly #logger: Logger;
  readonly #server: Server;
  readonly #done = Promise.withResolvers<void>();

  constructor(options: { store: ImageStore; address: string; port: number; logger: Logger }) {
    this.#store = options.store;
    this.#listen = { address: options.address, port: options.port };
    this.#logger = options.logger;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** The port that it listens on. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#server.listen(this.#listen.port, this.#listen.address);
    await once(this.#server, 'listening', { signal });
    this.#server.unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#done.resolve();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request, response);
    } catch (error) {
      // The client went away, or a part vanished under it: nothing more can be said on this connection.
      this.#logger.warn('a pull of an image broke off', { url: request.url, error });
      response.destroy();
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://registry');
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'UNSUPPORTED', 'this registry is read-only');
    if (url.pathname === '/v2/') return void response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    const match = /^\/v2\/(?<repository>.+)\/(?<kind>manifests|blobs)\/(?<version>[^/]+)$/.exec(url.pathname);
    const { repository = '', kind, version = '' } = match?.groups ?? {};
    if (kind === undefined) return refuse(response, 404, 'NAME_UNKNOWN', 'no such path');
    const named = kind === 'manifests' ? this.#manifest(url.searchParams.get('ns') ?? 'docker.io', repository, version) : { digest: version, mediaType: 'application/octet-stream' };
    const blob = named && this.#store.blob(named.digest);
    if (!named || !blob) return refuse(response, 404, kind === 'manifests' ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN', 'not loaded here');
    response.writeHead(200, { 'content-type': named.mediaType, 'content-length': blob.size, 'docker-content-digest': named.digest });
    if (request.method === 'HEAD') return void response.end();
    await pipeline(this.#store.open(named.digest), response);
  }

  #manifest(registry: string, repository: string, version: string): { digest: string; mediaType: string } | undefined {
    const images = this.#store.images();
    if (version.startsWith('sha256:')) return Object.values(images).find((one) => one.digest === version) ?? { digest: version, mediaType: 'application/vnd.oci.image.manifest.v1+json' };
    const name = formatReference({ registry, repository, version });
    return Object.hasOwn(images, name) ? images[name] : undefined;
  }
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ errors: [{ code, message }] }));
}
