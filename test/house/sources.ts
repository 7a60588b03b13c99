import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../..', import.meta.url));

export interface Source {
  /** From the project's root: `src/base/clock.ts`. */
  readonly path: string;
  readonly text: string;
}

/** All TypeScript sources under `folder`, generated ones left out. */
export function sourcesUnder(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[cm]?tsx?$/.test(name) && !name.includes('generated/') && !name.includes('node_modules/'))
    .sort()
    .map((name) => ({ path: join(folder, name), text: readFileSync(join(root, folder, name), 'utf8') }));
}

/** What a file imports of ours, from the project's root; `import type`, re-exports and dynamic imports count. */
export function importsOf(source: Source): string[] {
  const found: string[] = [];
  for (const match of source.text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g)) {
    found.push(relative(root, resolve(root, dirname(source.path), match[1] ?? '')));
  }
  return found;
}
