import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** One connection of a client that is to be forwarded to a port of the pod. */
export interface ForwardedConnection {
  readonly port: number;
  readonly data: Duplex;
  /** Tells the client why the connection could not be made or broke; ends it. Without a message it ended well. */
  finish(message?: string): Promise<void>;
}

/** The serving side: connections as the client asks for them, until it goes away. */
export interface PortForwardServer {
  readonly connections: AsyncIterable<ForwardedConnection>;
  readonly closed: Promise<void>;
  close(): void;
}

/** The asking side. */
export interface PortForwardClient {
  /** `error` resolves with the server's complaint, or undefined when the connection ended without one. */
  open(port: number): Promise<{ readonly data: Duplex; readonly error: Promise<string | undefined> }>;
  readonly closed: Promise<void>;
  close(): void;
}

/** Joins a forwarded connection to a socket: both directions, each ended as the other side ends it. Resolves with what broke it, if anything did. */
export async function joinForwarded(data: Duplex, socket: Duplex): Promise<Error | undefined> {
  try {
    await Promise.all([pipeline(data, socket, { end: true }), pipeline(socket, data, { end: true })]);
    return undefined;
  } catch (error) {
    socket.destroy();
    return error as Error;
  }
}

/** Hands all connections that we serve on to a server of which we are the client: how a kubelet passes port-forward to the container runtime. */
export async function relayPortForward(server: PortForwardServer, client: PortForwardClient): Promise<void> {
  void server.closed.then(() => client.close());
  void client.closed.then(() => server.close());
  const running: Promise<void>[] = [];
  for await (const connection of server.connections) running.push(relayOne(connection, client));
  await Promise.all(running);
}

async function relayOne(connection: ForwardedConnection, client: PortForwardClient): Promise<void> {
  try {
    const { data, error } = await client.open(connection.port);
    await joinForwarded(connection.data, data);
    await connection.finish(await error);
  } catch (error) {
    await connection.finish((error as Error).message);
  }
}
