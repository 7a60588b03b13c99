import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import {
  acceptPortForward, acceptRemoteCommand, connectPortForwardSpdy, connectRemoteCommandSpdy, proxyUpgrade, relayPortForward, relayRemoteCommand, upgradeKind,
  type RemoteCommandOptions,
} from '../../streaming/index.ts';

/** A session of the runtime's streaming server. */
export type StreamSession =
  | { readonly kind: 'command'; readonly url: URL; readonly options: RemoteCommandOptions }
  | { readonly kind: 'portForward'; readonly url: URL };

/**
 * Joins a client with the runtime until one of them is gone. Every runtime speaks SPDY: a SPDY client is put through byte by byte, for one that
 * speaks WebSocket it is translated. Rejects, before anything was answered, when the client asks for no upgrade or the runtime refuses it.
 */
export async function streamSession(options: {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly session: StreamSession;
  readonly clock: Clock;
}): Promise<void> {
  const { request, socket, head, session, clock } = options;
  const target = { url: session.url };
  if (upgradeKind(request) === 'spdy') {
    await proxyUpgrade(request, socket, head, target);
  } else if (session.kind === 'command') {
    const command = await connectRemoteCommandSpdy(target, session.options);
    const streams = await closingIfRefused(command, () => acceptRemoteCommand(request, socket, head, session.options, clock));
    await relayRemoteCommand(streams, command);
  } else {
    const client = await connectPortForwardSpdy(target);
    await relayPortForward(await closingIfRefused(client, () => acceptPortForward(request, socket, head)), client);
  }
}

/** A client that cannot be served must not leave its command running. */
async function closingIfRefused<T>(session: { close(): void }, accept: () => Promise<T>): Promise<T> {
  try {
    return await accept();
  } catch (error) {
    session.close();
    throw error;
  }
}
