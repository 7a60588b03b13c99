import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildBusyboxImage } from '../../src/runtime/index.ts';

/** An image of busybox, this Node, the libraries that it needs, and the programs of `pod-server/` in `/programs`. */
export function nodeImage(reference: string): Promise<Uint8Array> {
  const libraries = [...execFileSync('ldd', [process.execPath], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
  const folder = fileURLToPath(new URL('pod-server/', import.meta.url));
  return buildBusyboxImage({
    references: [reference],
    files: [
      { path: 'usr/bin/node', content: readFileSync(process.execPath) },
      ...libraries.map((path) => ({ path: path.slice(1), content: readFileSync(path) })),
      ...readdirSync(folder).map((name) => ({ path: `programs/${name}`, content: readFileSync(folder + name) })),
    ],
  });
}
