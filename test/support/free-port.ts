import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemRandom } from '../../src/base/random.ts';

/**
 * Below the ports that kernels give to outgoing connections (32768 and up): one of those could take the port before the server of the test has it, or
 * while that is away; a client that calls a server which is away could even get its own port and reach itself. Above what machines listen at.
 */
const FIRST = 14_000;
const COUNT = 15_000;
const random = new SystemRandom();
/** A file for each port that a test has, which holds the id of its process. */
const FOLDER = join(tmpdir(), `kubets-test-ports-${process.getuid?.() ?? ''}`);
const claimed: string[] = [];

/**
 * A port at which nobody listens now, nor at the next one: there is the registry of a cluster's images. No other call gives it while this process
 * lives, here or in another test: whoever is given it may take it only later, or give it up for a while.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + 2 * random.below(COUNT / 2);
    if (claim(port) && (await isFree(port)) && (await isFree(port + 1))) return port;
  }
}

function claim(port: number): boolean {
  const file = join(FOLDER, String(port));
  mkdirSync(FOLDER, { recursive: true });
  try {
    if (isLeft(file)) rmSync(file, { force: true });
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  if (claimed.length === 0) process.once('exit', () => claimed.forEach((one) => rmSync(one, { force: true })));
  claimed.push(file);
  return true;
}

/** Whether the process that had the port has ended without giving it back. */
function isLeft(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

async function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = createServer();
  probe.on('error', () => resolve(false));
  probe.listen(port, () => probe.close(() => resolve(true))); // at all addresses
  return promise;
}
