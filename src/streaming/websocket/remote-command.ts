import type { IncomingMessage } from 'node:http';
import type { Duplex, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { RemoteCommandClient, RemoteCommandOptions, RemoteCommandStreams } from '../remote-command.ts';
import { ResizeQueue, resizeJson } from '../resize-queue.ts';
import type { CommandStatus } from '../status.ts';
import type { UpgradeTarget } from '../upgrade.ts';
import { WebSocketChannels } from './channels.ts';
import { acceptWebSocket, openWebSocket } from './handshake.ts';

const Channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

const V5 = 'v5.channel.k8s.io';
const PROTOCOLS = [V5, 'v4.channel.k8s.io', 'v4.base64.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io', 'base64.channel.k8s.io'];
/** Before v4 the error channel carried a sentence, not a Status. */
const SENTENCE_PROTOCOLS = ['', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io', 'base64.channel.k8s.io'];

/** Serves exec or attach over WebSocket. Source: kubelet remotecommand/websocket.go. */
export async function acceptRemoteCommandWebSocket(request: IncomingMessage, socket: Duplex, head: Buffer, options: RemoteCommandOptions): Promise<RemoteCommandStreams> {
  const { socket: webSocket, protocol } = await acceptWebSocket(request, socket, head, PROTOCOLS);
  const channels = new WebSocketChannels(webSocket, protocol.includes('base64') ? 'base64' : 'binary');
  const resize = new ResizeQueue();
  channels.readable(Channel.resize).on('data', (chunk: Buffer) => resize.pushJson(chunk.toString())).on('end', () => resize.close());
  const streams: RemoteCommandStreams = {
    stdin: options.stdin ? channels.readable(Channel.stdin) : undefined,
    stdout: options.stdout ? channels.writable(Channel.stdout) : undefined,
    stderr: options.stderr && !options.tty ? channels.writable(Channel.stderr) : undefined,
    resize,
    closed: channels.closed,
    finish: async (status) => {
      await Promise.all([endOf(streams.stdout), endOf(streams.stderr)]);
      const told = SENTENCE_PROTOCOLS.includes(protocol) ? sentence(status) : JSON.stringify(status);
      if (told) await channels.send(Channel.error, Buffer.from(told));
      channels.close();
      await channels.closed;
    },
  };
  // Tells older clients that the connection stands, on the lowest channel that can be written. Those of v5 know by the handshake, and kubectl
  // complains of what reaches it before it has opened its streams.
  if (protocol !== V5) await channels.send(options.stdout ? Channel.stdout : options.stderr ? Channel.stderr : Channel.error, Buffer.alloc(0));
  return streams;
}

async function endOf(stream: Writable | undefined): Promise<void> {
  if (!stream || stream.writableEnded) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  stream.end(() => resolve());
  await promise;
}

function sentence(status: CommandStatus): string {
  return status.status === 'Success' ? '' : (status.message ?? 'the command failed');
}

/** Runs exec or attach as a client. `target.url` holds the whole query. Rejects with `UpgradeRefused`. */
export async function connectRemoteCommandWebSocket(target: UpgradeTarget, options: RemoteCommandOptions): Promise<RemoteCommandClient> {
  const { socket: webSocket, protocol } = await openWebSocket(target, [V5, 'v4.channel.k8s.io']);
  const channels = new WebSocketChannels(webSocket, 'binary');
  const error = channels.readable(Channel.error);
  const status = statusFrom(text(error));
  status.catch(() => undefined); // it may be known before anybody asks
  const client: RemoteCommandClient = {
    stdin: options.stdin ? channels.writable(Channel.stdin, protocol === V5) : undefined,
    stdout: options.stdout ? channels.readable(Channel.stdout) : undefined,
    stderr: options.stderr && !options.tty ? channels.readable(Channel.stderr) : undefined,
    resize: (size) => void channels.send(Channel.resize, Buffer.from(resizeJson(size))),
    status,
    close: () => channels.terminate(),
  };
  webSocket.resume();
  return client;
}

/** The Status of the error channel once that has ended. An end without one is a broken connection. */
export async function statusFrom(reading: Promise<string>): Promise<CommandStatus> {
  const told = await reading;
  if (told === '') throw new Error('the connection ended before the command was known to have ended');
  return JSON.parse(told) as CommandStatus;
}
