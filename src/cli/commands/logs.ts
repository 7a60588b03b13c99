import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { clusterOf, withLocalFlags, type LocalFlags } from '../local-options.ts';

export default function logsCommand(command: Command): void {
  withLocalFlags(command)
    .argument('[process]', 'server, or the name of a node', 'server')
    .action(async (role: string, flags: LocalFlags) => {
      const folder = join(clusterOf(flags).dataDir, 'logs');
      const file = join(folder, `${role}.log`);
      if (role.includes('/') || !existsSync(file)) {
        const known = existsSync(folder) ? readdirSync(folder).map((name) => name.replace(/\.log$/, '')) : [];
        throw new UsageError(`there is no log of "${role}"; there are: ${known.join(', ') || 'none'}`);
      }
      await pipeline(createReadStream(file), process.stdout, { end: false });
    });
}
