import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { JsonObject } from '../../apimachinery/patch/json.ts';
import { type Discovery, versionsOf } from './discovery.ts';

const MAX_AGE_MS = 6 * 3600 * 1000;
const FOLDER_MODE = 0o750;
const FILE_MODE = 0o660;

/**
 * What servers told of their APIs, on disk for six hours: the same files as those of stock kubectl, which may read and write them too. A cache
 * that cannot be read or written is no cache, and no error. Source: client-go discovery/cached/disk; kubectl's config flags.
 */
export class DiscoveryCache {
  readonly #folder: string;
  readonly #clock: Clock;

  /** `cacheFolder` as in `--cache-dir`; `server`: its URL. */
  constructor(cacheFolder: string, server: string, clock: Clock) {
    this.#folder = join(cacheFolder, 'discovery', server.replace(/^https?:\/\//, '').replaceAll(/[^\w/.)(]/g, '_'));
    this.#clock = clock;
  }

  /** All of it, or nothing when a part is missing, too old or broken. */
  async read(): Promise<Discovery | undefined> {
    try {
      const groups = await this.#read('servergroups.json');
      const lists = await Promise.all(versionsOf(groups).map(async (version) => [version, await this.#read(join(version, 'serverresources.json'))] as const));
      return { groups, lists: new Map(lists) };
    } catch {
      return undefined; // whatever is wrong with the files, the server knows better
    }
  }

  async write({ groups, lists }: Discovery): Promise<void> {
    try {
      await Promise.all([...lists].map(([version, list]) => this.#write(join(version, 'serverresources.json'), list)));
      await this.#write('servergroups.json', groups); // last: whoever reads it finds the others
    } catch {
      // a folder that cannot be written must not break a command
    }
  }

  async #read(name: string): Promise<JsonObject> {
    const path = join(this.#folder, name);
    if ((await stat(path)).mtimeMs + MAX_AGE_MS < this.#clock.now()) throw new Error(`${path} is too old`);
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof value !== 'object' || value === null) throw new Error(`${path} holds no object`);
    return value as JsonObject;
  }

  /** Put in place by a rename, so that nobody reads half of it. */
  async #write(name: string, value: JsonObject): Promise<void> {
    const path = join(this.#folder, name);
    const draft = `${path}.${process.pid}`;
    await makeFolder(dirname(path));
    try {
      await writeFile(draft, `${JSON.stringify(value)}\n`, { mode: FILE_MODE });
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }
}

/** Not mkdir's `recursive`, which never ends where the kernel says of a folder that its parent is missing, as under /proc. */
async function makeFolder(path: string): Promise<void> {
  const make = (): Promise<void> => mkdir(path, { mode: FOLDER_MODE }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  try {
    await make();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await make();
  }
}
