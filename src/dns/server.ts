import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Answerer } from './answer.ts';

/** More queries than this at a time are dropped: clients ask again. */
const MAX_PENDING = 2000;
const MAX_CONNECTIONS = 500;
const IDLE_MS = 10_000;
/** How often a port that is free for TCP is looked for that is free for UDP as well. */
const PORT_TRIES = 20;

/** Listens for DNS over UDP and TCP on one port. */
export class DnsServer implements AsyncDisposable {
  readonly #answerer: Answerer;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #pending = new Set<Promise<void>>();
  readonly #connections = new Set<Socket>();
  #udp: UdpSocket | undefined;
  #tcp: Server | undefined;

  constructor({ answerer, clock, logger }: { answerer: Answerer; clock: Clock; logger: Logger }) {
    this.#answerer = answerer;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Resolves with the port once both listen. Port 0: any. */
  async listen(address: string, port: number): Promise<number> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#listenAt(address, port);
      } catch (error) {
        if (port !== 0 || tries === PORT_TRIES || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
        await new Promise((closed) => this.#tcp?.close(closed)); // somebody else has the port of UDP
        this.#udp?.close();
      }
    }
  }

  async #listenAt(address: string, port: number): Promise<number> {
    const tcp = createServer((socket) => this.#serve(socket));
    this.#tcp = tcp;
    tcp.maxConnections = MAX_CONNECTIONS;
    await new Promise<void>((resolve, reject) => tcp.once('error', reject).listen(port, address, resolve));
    const bound = (tcp.address() as { port: number }).port;
    const udp = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 1 << 20 });
    this.#udp = udp;
    udp.on('message', (query, { address: client, port: clientPort }) => this.#run(async () => {
      const reply = await this.#answerer.answer(query, 'udp', this.#stop.signal);
      if (reply && !this.#stop.signal.aborted) udp.send(reply, clientPort, client);
    }));
    await new Promise<void>((resolve, reject) => udp.once('error', reject).bind(bound, address, resolve));
    // A client that is gone (ICMP unreachable) is no failure of ours.
    udp.on('error', (error) => this.#logger.debug('a DNS client could not be answered', { error }));
    tcp.on('error', (error) => this.#logger.warn('the DNS server cannot take connections', { error }));
    return bound;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    for (const socket of this.#connections) socket.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#tcp) this.#tcp.close(() => resolve());
    else resolve();
    await Promise.all([promise, ...this.#pending]);
    const udp = this.#udp;
    this.#udp = undefined;
    if (udp) await new Promise<void>((closed) => udp.close(closed));
  }

  #run(task: () => Promise<void>): void {
    if (this.#pending.size >= MAX_PENDING || this.#stop.signal.aborted) return;
    const running = task().catch((error: unknown) => this.#logger.error('a DNS query could not be answered', { error }));
    this.#pending.add(running);
    void running.then(() => this.#pending.delete(running));
  }

  #serve(socket: Socket): void {
    if (this.#stop.signal.aborted) return void socket.destroy();
    this.#connections.add(socket);
    let received = Buffer.alloc(0);
    let idle = this.#clock.after(IDLE_MS, () => socket.destroy());
    socket.on('close', () => {
      idle[Symbol.dispose]();
      this.#connections.delete(socket);
    });
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      idle[Symbol.dispose]();
      idle = this.#clock.after(IDLE_MS, () => socket.destroy());
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= received.readUInt16BE(0) + 2) {
        const length = received.readUInt16BE(0);
        const query = received.subarray(2, length + 2);
        received = received.subarray(length + 2);
        this.#run(() => this.#reply(socket, query));
      }
    });
  }

  async #reply(socket: Socket, query: Buffer): Promise<void> {
    const reply = await this.#answerer.answer(query, 'tcp', this.#stop.signal);
    if (!reply) return void socket.destroy();
    const length = Buffer.alloc(2);
    length.writeUInt16BE(reply.length);
    if (!socket.destroyed) socket.write(Buffer.concat([length, reply]));
  }
}
