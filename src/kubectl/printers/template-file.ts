import { readFileSync } from 'node:fs';
import { CommandError } from '../errors.ts';

/** The text of a template in a file. Throws CommandError for a file that cannot be read. */
export function readTemplate(path: string, what = 'template'): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new CommandError(`error reading ${what} ${path}, open ${path}: no such file or directory`, { cause: error });
  }
}
