import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** The newest stock kubectl of this machine. */
export function stockKubectl(): string | undefined {
  const first = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'kubectl')).find((path) => existsSync(path));
  if (!first) return undefined;
  const own = realpathSync(first);
  return [join(dirname(own), 'kubectl.1.33'), own].find((path) => existsSync(path));
}
