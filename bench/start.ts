/**
 * Measures how long a control plane takes from the command to the first 200 of `/readyz`, with an empty data folder, and what memory it holds when idle:
 *
 *     npm run bench:start -- [--rounds 10] [--idle-seconds 0] [--store lmdb] [--everything]
 *
 * Needs `npm run build` first. `--everything`: with all controllers and the scheduler; without: the API server alone. `--idle-seconds N`: the last
 * round goes on for so long, and its memory (RSS) is told.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '10' }, 'idle-seconds': { type: 'string', default: '0' }, store: { type: 'string', default: 'lmdb' }, everything: { type: 'boolean', default: false } },
});
const rounds = Number(values.rounds);
const idleSeconds = Number(values['idle-seconds']);
const command = fileURLToPath(new URL('../bin/kubets.mjs', import.meta.url));

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

function memory(pid: number): Record<string, number> {
  const lines = readFileSync(`/proc/${pid}/status`, 'latin1').matchAll(/^(VmRSS|RssAnon|RssFile):\s+(\d+) kB/gm);
  return Object.fromEntries([...lines].map(([, name, kilobytes]) => [name, Number(kilobytes) / 1024]));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function start(isLast: boolean): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'kubets-bench-start-'));
  const port = await freePort();
  const args = ['server', '--data-dir', dataDir, '--port', String(port), '--bind-address', '127.0.0.1', '--store', values.store];
  if (!values.everything) args.push('--controllers=', '--disable-scheduler');
  const startedMs = performance.now();
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    while (!(await isReady(port))) {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
      await sleep(2);
    }
    const tookMs = performance.now() - startedMs;
    if (isLast && idleSeconds > 0 && child.pid !== undefined) {
      await sleep(idleSeconds * 1000);
      console.log(`memory after ${idleSeconds} s: ${Object.entries(memory(child.pid)).map(([name, megabytes]) => `${name} ${megabytes.toFixed(0)} MB`).join(', ')}`);
    }
    return tookMs;
  } finally {
    await end(child);
    rmSync(dataDir, { recursive: true });
  }
}

const times: number[] = [];
for (let round = 1; round <= rounds; round++) times.push(await start(round === rounds));
const sorted = times.toSorted((a, b) => a - b);
const median = ((sorted[Math.floor((rounds - 1) / 2)] ?? 0) + (sorted[Math.floor(rounds / 2)] ?? 0)) / 2;
console.log(`from the command to the first 200 of /readyz, ${rounds} times (${values.store}, ${values.everything ? 'with controllers and scheduler' : 'API server alone'}): median ${median.toFixed(0)} ms, ${sorted[0]?.toFixed(0)} to ${sorted.at(-1)?.toFixed(0)} ms`);
