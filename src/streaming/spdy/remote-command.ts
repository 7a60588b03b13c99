import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Clock } from '../../base/clock.ts';
import type { RemoteCommandClient, RemoteCommandOptions, RemoteCommandStreams } from '../remote-command.ts';
import { ResizeQueue, resizeJson } from '../resize-queue.ts';
import { type CommandStatus, commandSucceeded, UpgradeError } from '../status.ts';
import { offeredProtocols, upgrade, type UpgradeTarget, writeSwitchingProtocols } from '../upgrade.ts';
import { SpdyConnection } from './connection.ts';
import type { SpdyStream } from './stream.ts';

const V1 = 'channel.k8s.io';
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', V1];
const STATUS_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const RESIZE_PROTOCOLS = [...STATUS_PROTOCOLS, 'v3.channel.k8s.io'];

/** How long a client may take to open its streams. Source: kubelet remotecommand, DefaultStreamCreationTimeout. */
const STREAM_CREATION_TIMEOUT_MS = 30_000;

type Kind = 'error' | 'stdin' | 'stdout' | 'stderr' | 'resize';

/** Answers the upgrade of a SPDY client with the first of its protocols that is in `supported`. */
export function acceptSpdy(request: IncomingMessage, socket: Duplex, supported: readonly string[], whenNone: string): string {
  const offered = offeredProtocols(request.headers['x-stream-protocol-version']);
  const protocol = offered.length === 0 ? whenNone : offered.find((one) => supported.includes(one));
  if (protocol === undefined) {
    throw new UpgradeError(403, `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${supported.join(' ')}]`);
  }
  writeSwitchingProtocols(socket, { Connection: 'Upgrade', Upgrade: 'SPDY/3.1', ...(offered.length > 0 && { 'X-Stream-Protocol-Version': protocol }) });
  return protocol;
}

/** Serves exec or attach over SPDY; resolves when the client has opened all its streams. Source: kubelet remotecommand/httpstream.go. */
export async function acceptRemoteCommandSpdy(request: IncomingMessage, socket: Duplex, head: Buffer, options: RemoteCommandOptions, clock: Clock): Promise<RemoteCommandStreams> {
  const protocol = acceptSpdy(request, socket, PROTOCOLS, V1);
  const wanted: Kind[] = ['error'];
  if (options.stdin) wanted.push('stdin');
  if (options.stdout) wanted.push('stdout');
  if (options.stderr && !options.tty) wanted.push('stderr');
  if (options.tty && RESIZE_PROTOCOLS.includes(protocol)) wanted.push('resize');
  const opened = new Map<string, SpdyStream>();
  const complete = Promise.withResolvers<void>();
  const connection = new SpdyConnection(socket, {
    role: 'server',
    head,
    onStream: (stream) => {
      const kind = stream.headers['streamtype'] ?? '';
      if (!wanted.includes(kind as Kind) || opened.has(kind)) return stream.reset();
      stream.accept();
      opened.set(kind, stream);
      if (opened.size === wanted.length) complete.resolve();
    },
  });
  void connection.closed.then(() => complete.reject(new Error('the client went away before it opened its streams')));
  using _timeout = clock.after(STREAM_CREATION_TIMEOUT_MS, () => {
    complete.reject(new Error('timed out waiting for client to create streams'));
    connection.destroy();
  });
  await complete.promise;
  return serverStreams(connection, opened, protocol);
}

function serverStreams(connection: SpdyConnection, opened: ReadonlyMap<string, SpdyStream>, protocol: string): RemoteCommandStreams {
  const resize = new ResizeQueue();
  opened.get('resize')?.on('data', (chunk: Buffer) => resize.pushJson(chunk.toString()));
  void connection.closed.then(() => resize.close());
  return {
    stdin: opened.get('stdin'),
    stdout: opened.get('stdout'),
    stderr: opened.get('stderr'),
    resize,
    closed: connection.closed,
    finish: async (status) => {
      const isSuccess = status.status === 'Success';
      const told = STATUS_PROTOCOLS.includes(protocol) ? JSON.stringify(status) : isSuccess ? '' : (status.message ?? 'the command failed');
      await Promise.all([...opened].map(([kind, stream]) => ended(stream, kind === 'error' ? told : '')));
      await connection.close();
    },
  };
}

/** Resolves when the stream is closed for writing, by us or by the peer. */
function ended(stream: SpdyStream, last: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  stream.on('close', resolve);
  if (stream.destroyed || stream.writableFinished) resolve();
  else stream.end(last, () => resolve());
  return promise;
}

/** Runs exec or attach as a client of something that speaks only SPDY: containerd's streaming server, older kubelets. Rejects with `UpgradeRefused`. */
export async function connectRemoteCommandSpdy(target: UpgradeTarget, options: RemoteCommandOptions): Promise<RemoteCommandClient> {
  const upgraded = await upgrade(target, 'POST', { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': PROTOCOLS.slice(1) });
  const protocol = String(upgraded.headers['x-stream-protocol-version'] ?? V1);
  const connection = new SpdyConnection(upgraded.socket, { role: 'client', head: upgraded.head });
  const open = (kind: Kind): Promise<SpdyStream> => connection.open({ streamtype: kind });
  try {
    const error = await open('error');
    const stdin = options.stdin ? await open('stdin') : undefined;
    stdin?.resume();
    const stdout = options.stdout ? await open('stdout') : undefined;
    const stderr = options.stderr && !options.tty ? await open('stderr') : undefined;
    const resize = options.tty && RESIZE_PROTOCOLS.includes(protocol) ? await open('resize') : undefined;
    resize?.resume();
    // Nothing is said on the streams that are only read, not even that nothing will be: a runtime whose command has ended meanwhile has closed the connection, and would answer by a
    // reset of it, with which what it has told and nobody has read yet is lost: the exit status. Kubernetes' clients are as silent.
    const status = text(error).then((told) => statusOf(told, protocol));
    status.catch(() => undefined); // it may be known before anybody asks
    return {
      stdin,
      stdout,
      stderr,
      resize: (size) => void resize?.write(resizeJson(size)),
      status,
      close: () => connection.destroy(),
    };
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** The runtime ends the error stream without a word when the command succeeded in protocols before v4. */
function statusOf(told: string, protocol: string): CommandStatus {
  if (!STATUS_PROTOCOLS.includes(protocol)) return told === '' ? commandSucceeded : { metadata: {}, status: 'Failure', message: told, reason: 'InternalError', code: 500 };
  if (told === '') throw new Error('the connection ended before the command was known to have ended');
  return JSON.parse(told) as CommandStatus;
}
