/** Starts a control plane and tells when `/readyz` says yes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';

export interface StartOptions {
  /** What runs kubets, without the command: Node and its first argument. */
  readonly program: readonly string[];
  readonly store: string;
  /** With all controllers and the scheduler, or the API server alone. */
  readonly everything: boolean;
  /** Is given the process before it is ended. */
  readonly whenReady?: (pid: number) => Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Whether `/readyz` answers 200 now. */
async function isReady(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let answer = '';
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => void socket.write('GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'));
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
    if (!answer.includes('\r\n')) return;
    resolve(answer.startsWith('HTTP/1.1 200'));
    socket.destroy();
  });
  socket.on('error', () => resolve(false)).on('close', () => resolve(false));
  return promise;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Milliseconds from the command to the first 200 of `/readyz`, with an empty data folder. */
export async function timeToReady({ program, store, everything, whenReady }: StartOptions): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'kubets-bench-start-'));
  const port = await freePort();
  const [file = '', ...first] = program;
  const args = [...first, 'server', '--data-dir', dataDir, '--port', String(port), '--bind-address', '127.0.0.1', '--store', store];
  if (!everything) args.push('--controllers=', '--disable-scheduler');
  const startedMs = performance.now();
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    while (!(await isReady(port))) {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
      await sleep(2);
    }
    const tookMs = performance.now() - startedMs;
    if (child.pid !== undefined) await whenReady?.(child.pid);
    return tookMs;
  } finally {
    await end(child);
    rmSync(dataDir, { recursive: true });
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN) + (sorted[Math.floor(sorted.length / 2)] ?? Number.NaN)) / 2;
}
