import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { HandOver } from '../hand-over.ts';
import type { ForwardedConnection, PortForwardClient, PortForwardServer } from '../port-forward.ts';
import { upgrade, type UpgradeTarget } from '../upgrade.ts';
import { SpdyConnection } from './connection.ts';
import { acceptSpdy } from './remote-command.ts';
import type { SpdyStream } from './stream.ts';

export const PORT_FORWARD_PROTOCOL = 'portforward.k8s.io';

/** Serves port-forward to a SPDY client. */
export function acceptPortForwardSpdy(request: IncomingMessage, socket: Duplex, head: Buffer): PortForwardServer {
  acceptSpdy(request, socket, [PORT_FORWARD_PROTOCOL], PORT_FORWARD_PROTOCOL);
  return servePortForward(socket, head);
}

/** The same over any byte stream that carries SPDY, such as a WebSocket tunnel. Source: kubelet portforward/httpstream.go. */
export function servePortForward(socket: Duplex, head?: Buffer): PortForwardServer {
  const connections = new HandOver<ForwardedConnection>();
  const halves = new Map<string, { data?: SpdyStream; error?: SpdyStream }>();
  const onStream = (stream: SpdyStream): void => {
    const { streamtype = '', port = '' } = stream.headers;
    const portNumber = Number(port);
    const isValid = ['data', 'error'].includes(streamtype) && /^\d+$/.test(port) && portNumber >= 1 && portNumber <= 65535;
    if (!isValid) return stream.reset();
    const id = requestIdOf(stream);
    const pair = halves.get(id) ?? {};
    if (streamtype === 'data') pair.data = stream;
    else pair.error = stream;
    stream.accept();
    if (streamtype === 'error') stream.resume();
    if (!pair.data || !pair.error) {
      halves.set(id, pair);
      return;
    }
    halves.delete(id);
    connections.push(forwarded(portNumber, pair.data, pair.error));
  };
  const connection = new SpdyConnection(socket, { role: 'server', onStream, ...(head && { head }) });
  void connection.closed.then(() => connections.close());
  return { connections, closed: connection.closed, close: () => void connection.close() };
}

/** Clients before `requestID` opened the error stream first and the data stream right after it. */
function requestIdOf(stream: SpdyStream): string {
  const given = stream.headers['requestid'];
  if (given) return given;
  return `stream-${stream.headers['streamtype'] === 'data' ? stream.id - 2 : stream.id}`;
}

function forwarded(port: number, data: SpdyStream, error: SpdyStream): ForwardedConnection {
  return {
    port,
    data,
    finish: async (message) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (error.destroyed || error.writableEnded) resolve();
      else error.end(message ?? '', () => resolve());
      if (!data.writableEnded) data.end();
      await promise;
    },
  };
}

/** Port-forward as a client of something that speaks SPDY: containerd's streaming server, older kubelets. */
export async function connectPortForwardSpdy(target: UpgradeTarget): Promise<PortForwardClient> {
  const upgraded = await upgrade(target, 'POST', { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': PORT_FORWARD_PROTOCOL });
  return portForwardClient(upgraded.socket, upgraded.head);
}

export function portForwardClient(socket: Duplex, head?: Buffer): PortForwardClient {
  const connection = new SpdyConnection(socket, { role: 'client', ...(head && { head }) });
  let lastId = 0;
  return {
    open: async (port) => {
      const headers = { port: String(port), requestid: String(lastId++) };
      const error = await connection.open({ ...headers, streamtype: 'error' });
      error.end();
      const complaint = text(error).then((told) => told || undefined);
      complaint.catch(() => undefined); // the connection may break before anybody asks
      const data = await connection.open({ ...headers, streamtype: 'data' });
      return { data, error: complaint };
    },
    closed: connection.closed,
    close: () => connection.destroy(),
  };
}
