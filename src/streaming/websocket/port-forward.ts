import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { HandOver } from '../hand-over.ts';
import type { ForwardedConnection, PortForwardClient, PortForwardServer } from '../port-forward.ts';
import { portForwardClient, servePortForward } from '../spdy/port-forward.ts';
import { UpgradeError } from '../status.ts';
import type { UpgradeTarget } from '../upgrade.ts';
import { WebSocketChannels } from './channels.ts';
import { acceptWebSocket, openWebSocket } from './handshake.ts';
import { webSocketTunnel } from './tunnel.ts';

/** SPDY inside of binary messages: kubectl from 1.31. */
const TUNNEL_PROTOCOL = 'SPDY/3.1+portforward.k8s.io';
/** Two channels a port of the query: the clients of other languages. */
const CHANNEL_PROTOCOLS = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io'];

/** Serves port-forward over WebSocket, tunnelled or by channels as the client offers. Source: kubelet portforward/websocket.go, tunneling of 1.30. */
export async function acceptPortForwardWebSocket(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<PortForwardServer> {
  const ports = portsOf(new URL(request.url ?? '/', 'http://localhost').searchParams);
  const offersTunnel = (request.headers['sec-websocket-protocol'] ?? '').includes(TUNNEL_PROTOCOL);
  if (!offersTunnel && ports.length === 0) throw new UpgradeError(400, 'query parameter "port" is required');
  const accepted = await acceptWebSocket(request, socket, head, [TUNNEL_PROTOCOL, ...CHANNEL_PROTOCOLS]);
  if (accepted.protocol === TUNNEL_PROTOCOL) return servePortForward(webSocketTunnel(accepted.socket));
  const channels = new WebSocketChannels(accepted.socket, accepted.protocol.includes('base64') ? 'base64' : 'binary');
  const connections = new HandOver<ForwardedConnection>();
  for (const [index, port] of ports.entries()) connections.push(await forwarded(channels, index, port));
  void channels.closed.then(() => connections.close());
  return { connections, closed: channels.closed, close: () => channels.close() };
}

function portsOf(query: URLSearchParams): number[] {
  const texts = [...query.getAll('ports'), ...query.getAll('port')].flatMap((text) => text.split(','));
  return texts.map((text) => {
    const port = Number(text);
    if (!/^\d+$/.test(text) || port < 1 || port > 65535) throw new UpgradeError(400, `invalid port ${JSON.stringify(text)}`);
    return port;
  });
}

/** Both channels of a port begin with the port, little-endian. */
async function forwarded(channels: WebSocketChannels, index: number, port: number): Promise<ForwardedConnection> {
  const dataChannel = index * 2;
  const greeting = Buffer.alloc(2);
  greeting.writeUInt16LE(port);
  const data = channels.duplex(dataChannel);
  await channels.send(dataChannel, greeting);
  await channels.send(dataChannel + 1, greeting);
  return {
    port,
    data,
    finish: async (message) => {
      if (message) await channels.send(dataChannel + 1, Buffer.from(message));
      data.end();
    },
  };
}

/** Port-forward as a client, tunnelled. Rejects with `UpgradeRefused`. */
export async function connectPortForwardWebSocket(target: UpgradeTarget): Promise<PortForwardClient> {
  const { socket } = await openWebSocket(target, [TUNNEL_PROTOCOL]);
  return portForwardClient(webSocketTunnel(socket));
}
