import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A process of this boot: numbers of processes are used again, but not with the same start. */
interface Holder {
  readonly pid: number;
  readonly started: string;
}

/**
 * Makes sure that one process uses a data folder: a file `server.lock` that tells the process. One that a killed process left is taken
 * over. Throws when a living process holds the folder, naming its pid.
 */
export class DataDirLock implements Disposable {
  readonly #path: string;

  constructor(dataDir: string) {
    this.#path = join(dataDir, 'server.lock');
    const own = `${this.#path}.${process.pid}`;
    writeFileSync(own, JSON.stringify({ pid: process.pid, started: startOf(process.pid) ?? '' } satisfies Holder), { mode: 0o600 });
    try {
      while (!this.#take(own)) {
        const holder = this.#holder();
        if (holder && startOf(holder.pid) === holder.started) throw new Error(`the data folder ${dataDir} is in use by the process ${holder.pid}`);
        this.#dropStale();
      }
    } finally {
      rmSync(own, { force: true });
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.#path, { force: true });
  }

  #take(own: string): boolean {
    try {
      linkSync(own, this.#path);
      return true;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      return false;
    }
  }

  #holder(path = this.#path): Holder | undefined {
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as Holder;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' && !(error instanceof SyntaxError)) throw error;
      return undefined;
    }
  }

  /** Moves the file aside before it is removed: another starter may have taken the lock since it was read, and keeps it then. */
  #dropStale(): void {
    const aside = `${this.#path}.stale.${process.pid}`;
    try {
      renameSync(this.#path, aside);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return;
      throw error;
    }
    const holder = this.#holder(aside);
    if (holder && startOf(holder.pid) === holder.started) linkSync(aside, this.#path);
    rmSync(aside, { force: true });
  }
}

/** When a process started, in a form to compare; undefined when it is not there. */
function startOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') return process.kill(pid, 0) ? 'running' : undefined;
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from field 3, the state, on; the name before it may hold blanks
    // A killed process that nobody has waited for yet holds nothing any more.
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch (error) {
    if (codeOf(error) === 'EPERM') return 'running';
    if (['ENOENT', 'ESRCH'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
