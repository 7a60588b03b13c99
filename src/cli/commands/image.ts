import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ImageStore } from '../../cluster/images/image-store.ts';
import { UsageError } from '../errors.ts';
import { dataDirOf, withLocalFlags, type LocalFlags } from '../local-options.ts';
import { printTable } from '../print-table.ts';

export default function imageCommand(command: Command): void {
  withLocalFlags(command.command('load').description('load archives of images (docker save, or OCI layouts in a tar file)').argument('<file...>', 'the archives')).action(
    (files: string[], flags: LocalFlags) => load(files, flags),
  );
  withLocalFlags(command.command('list').description('list the images that were loaded')).action((flags: LocalFlags) => {
    const images = Object.entries(storeOf(flags).images()).sort(([one], [other]) => (one < other ? -1 : 1));
    process.stdout.write(printTable([['IMAGE', 'DIGEST'], ...images.map(([name, { digest }]) => [name, digest.slice(0, 19)])]));
  });
}

function storeOf(flags: LocalFlags): ImageStore {
  return new ImageStore(join(dataDirOf(flags), 'images'));
}

async function load(files: readonly string[], flags: LocalFlags): Promise<void> {
  for (const file of files) if (!existsSync(file)) throw new UsageError(`there is no file ${file}`);
  for (const file of files) {
    for (const name of await storeOf(flags).load(createReadStream(file))) process.stdout.write(`loaded ${name}\n`);
  }
}
