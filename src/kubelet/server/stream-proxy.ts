import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Joins a client that wants to switch protocols (SPDY or WebSocket) with the runtime's streaming server behind `url`: the request goes on as it
 * came, and from then on bytes are passed both ways. Resolves when either side has ended.
 */
export async function proxyUpgrade(request: IncomingMessage, client: Duplex, head: Buffer, url: URL): Promise<void> {
  const upstream = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
  await new Promise<void>((resolve, reject) => upstream.once('connect', resolve).once('error', reject));
  const lines = [`${request.method} ${url.pathname}${url.search} HTTP/1.1`, `Host: ${url.host}`];
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at] ?? '';
    // The caller's credentials are for this node, not for the runtime.
    if (!['host', 'authorization'].includes(name.toLowerCase())) lines.push(`${name}: ${request.rawHeaders[at + 1]}`);
  }
  upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
  if (head.length > 0) upstream.write(head);
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (): void => {
    upstream.destroy();
    client.destroy();
    resolve();
  };
  upstream.on('error', end).on('close', end);
  client.on('error', end).on('close', end);
  upstream.pipe(client);
  client.pipe(upstream);
  await promise;
}
