import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Clock } from '../base/clock.ts';

/** An address of a resolver, with port 53 unless another is given (`10.0.0.2:5353`). */
export type Upstream = string;

const TIMEOUT_MS = 2000;

/**
 * The machine's resolvers, for `--resolv-conf` of the given file. Those on a loopback address are left out: in a node's network namespace
 * nobody listens there, and on the machine it may be ourselves. systemd-resolved tells its own resolvers in a file of its own.
 */
export async function readUpstreams(files: readonly string[] = ['/run/systemd/resolve/resolv.conf', '/etc/resolv.conf']): Promise<Upstream[]> {
  for (const file of files) {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') continue;
      throw error;
    }
    return parseNameservers(text);
  }
  return [];
}

export function parseNameservers(text: string): Upstream[] {
  return text.split('\n').flatMap((line) => {
    const address = /^\s*nameserver\s+(\S+)/.exec(line)?.[1];
    return address === undefined || address.startsWith('127.') || address === '::1' ? [] : [address];
  });
}

/** Hands queries on as they are, to one resolver after the other until one answers. */
export class Forwarder {
  readonly #upstreams: readonly Upstream[];
  readonly #clock: Clock;

  constructor(upstreams: readonly Upstream[], clock: Clock) {
    this.#upstreams = upstreams;
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#upstreams.length === 0;
  }

  /** The answer as it came; undefined when no resolver gave one. */
  async ask(query: Buffer, protocol: 'udp' | 'tcp', signal: AbortSignal): Promise<Buffer | undefined> {
    for (const upstream of this.#upstreams) {
      const answer = await (protocol === 'udp' ? this.#askUdp(upstream, query, signal) : this.#askTcp(upstream, query, signal));
      if (answer) return answer;
    }
    return undefined;
  }

  #askUdp(upstream: Upstream, query: Buffer, signal: AbortSignal): Promise<Buffer | undefined> {
    const { host, port } = splitUpstream(upstream);
    const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    // A connected socket takes datagrams from the resolver only, and learns that nobody listens there.
    socket.on('error', () => resolve(undefined));
    socket.on('message', (message) => {
      if (message.length >= 12 && message.readUInt16BE(0) === query.readUInt16BE(0)) resolve(message);
    });
    socket.connect(port, host, () => socket.send(query));
    return this.#limited(promise, () => resolve(undefined), signal, () => socket.close());
  }

  #askTcp(upstream: Upstream, query: Buffer, signal: AbortSignal): Promise<Buffer | undefined> {
    const { host, port } = splitUpstream(upstream);
    const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
    const socket = connect({ host, port });
    let received = Buffer.alloc(0);
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(undefined));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 2 && received.length >= received.readUInt16BE(0) + 2) resolve(received.subarray(2, received.readUInt16BE(0) + 2));
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    socket.write(Buffer.concat([length, query]));
    return this.#limited(promise, () => resolve(undefined), signal, () => socket.destroy());
  }

  async #limited(answer: Promise<Buffer | undefined>, giveUp: () => void, signal: AbortSignal, close: () => void): Promise<Buffer | undefined> {
    const timer = this.#clock.after(TIMEOUT_MS, giveUp);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await answer;
    } finally {
      timer[Symbol.dispose]();
      signal.removeEventListener('abort', giveUp);
      close();
    }
  }
}

function splitUpstream(upstream: Upstream): { host: string; port: number } {
  const match = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(upstream);
  return match ? { host: match[1] ?? match[2] ?? '', port: Number(match[3]) } : { host: upstream, port: 53 };
}
