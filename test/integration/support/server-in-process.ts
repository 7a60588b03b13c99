import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { SystemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { SystemRandom } from '../../../src/base/random.ts';
import { addServerFlags, serverOptions, type ServerFlags } from '../../../src/cli/server-flags/index.ts';
import { Server } from '../../../src/cluster/server.ts';

/** The token of its administrator. */
export const ADMIN_TOKEN = 'T0';

/** What `kubets server` runs, with its flags and without controllers and scheduler, in the process of the test. */
export async function startServerInProcess(): Promise<AsyncDisposable & { readonly server: Server }> {
  const folder = mkdtempSync(join(tmpdir(), 'kubets-in-process-'));
  const tokens = join(folder, 'tokens.csv');
  writeFileSync(tokens, `${ADMIN_TOKEN},admin,admin,system:masters\n`);
  const command = new Command('server');
  addServerFlags(command);
  command.parse(['--data-dir', folder, '--store', 'memory', '--bind-address', '127.0.0.1', '--port', '0', '--token-auth-file', tokens, '--controllers', '', '--disable-scheduler'], { from: 'user' });
  const server = new Server(serverOptions(command.opts<ServerFlags>()), { clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger });
  const abort = new AbortController();
  await server.start(abort.signal);
  return {
    server,
    [Symbol.asyncDispose]: async () => {
      abort.abort();
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}
