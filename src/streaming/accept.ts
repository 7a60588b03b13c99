import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../base/clock.ts';
import type { PortForwardServer } from './port-forward.ts';
import type { RemoteCommandOptions, RemoteCommandStreams } from './remote-command.ts';
import { acceptPortForwardSpdy } from './spdy/port-forward.ts';
import { acceptRemoteCommandSpdy } from './spdy/remote-command.ts';
import { upgradeKind } from './upgrade.ts';
import { acceptPortForwardWebSocket } from './websocket/port-forward.ts';
import { acceptRemoteCommandWebSocket } from './websocket/remote-command.ts';

/**
 * Serves exec or attach in the framing that the client asks for. Throws `UpgradeError` before anything was written when the request is no upgrade
 * that is spoken here; the caller then answers with its code. `socket` and `head` are those of a server's `upgrade` event.
 */
export async function acceptRemoteCommand(request: IncomingMessage, socket: Duplex, head: Buffer, options: RemoteCommandOptions, clock: Clock): Promise<RemoteCommandStreams> {
  if (upgradeKind(request) === 'websocket') return acceptRemoteCommandWebSocket(request, socket, head, options);
  return acceptRemoteCommandSpdy(request, socket, head, options, clock);
}

/** Serves port-forward in the framing that the client asks for. Throws as `acceptRemoteCommand`. */
export async function acceptPortForward(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<PortForwardServer> {
  if (upgradeKind(request) === 'websocket') return acceptPortForwardWebSocket(request, socket, head);
  return acceptPortForwardSpdy(request, socket, head);
}
