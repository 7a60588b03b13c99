import { createServer } from 'node:net';
import { SystemRandom } from '../../src/base/random.ts';

/**
 * Below the ports that kernels give to outgoing connections (32768 and up): one of those could take the port before the server of the test has it, or
 * while that is away; a client that calls a server which is away could even get its own port and reach itself. Above what machines listen at.
 */
const FIRST = 14_000;
const COUNT = 15_000;
const random = new SystemRandom();

/** A port at which nobody listens now, nor at the next one: there is the registry of a cluster's images. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + random.below(COUNT);
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = createServer();
  probe.on('error', () => resolve(false));
  probe.listen(port, () => probe.close(() => resolve(true))); // at all addresses
  return promise;
}
