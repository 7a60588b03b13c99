/**
 * Measures how long a control plane takes from the command to the first 200 of `/readyz`, with an empty data folder, and what memory it holds when idle:
 *
 *     npm run bench:start -- [--rounds 10] [--idle-seconds 0] [--store lmdb] [--everything]
 *
 * Needs `npm run build` first. `--everything`: with all controllers and the scheduler; without: the API server alone. `--idle-seconds N`: the last
 * round goes on for so long, and its memory (RSS) is told.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median, timeToReady } from './time-to-ready.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '10' }, 'idle-seconds': { type: 'string', default: '0' }, store: { type: 'string', default: 'lmdb' }, everything: { type: 'boolean', default: false } },
});
const { store, everything } = values;
const rounds = Number(values.rounds);
const idleSeconds = Number(values['idle-seconds']);
const program = [process.execPath, fileURLToPath(new URL('../bin/kubets.mjs', import.meta.url))];

function memory(pid: number): string {
  const lines = readFileSync(`/proc/${pid}/status`, 'latin1').matchAll(/^(VmRSS|RssAnon|RssFile):\s+(\d+) kB/gm);
  return [...lines].map(([, name, kilobytes]) => `${name} ${(Number(kilobytes) / 1024).toFixed(0)} MB`).join(', ');
}

async function tellMemory(pid: number): Promise<void> {
  await sleep(idleSeconds * 1000);
  console.log(`memory after ${idleSeconds} s: ${memory(pid)}`);
}

const times: number[] = [];
for (let round = 1; round <= rounds; round++) times.push(await timeToReady({ program, store, everything, ...(round === rounds && idleSeconds > 0 && { whenReady: tellMemory }) }));
console.log(`from the command to the first 200 of /readyz, ${rounds} times (${store}, ${everything ? 'with controllers and scheduler' : 'API server alone'}): median ${median(times).toFixed(0)} ms, ${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)} ms`);
