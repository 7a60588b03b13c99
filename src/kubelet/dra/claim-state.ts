import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { PreparedDevice } from './driver.ts';

/** A claim that was made ready on this node, and for whom. */
export interface PreparedClaim {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Uids of the pods of this node that have it. */
  readonly pods: readonly string[];
  /** Those that have been asked, or are about to be. */
  readonly drivers: readonly string[];
  /** What each driver has given, by its name. */
  readonly devices: Readonly<Record<string, readonly PreparedDevice[]>>;
}

/** The prepared claims, by uid, in one file that outlives the kubelet and is replaced as a whole: what is prepared must be unprepared some day. */
export class ClaimState {
  readonly #path: string;
  #saving: Promise<void> = Promise.resolve();
  readonly claims = new Map<string, PreparedClaim>();

  constructor(path: string) {
    this.#path = path;
  }

  /** A file that cannot be read is as good as none: drivers prepare again what they have prepared. */
  async load(): Promise<void> {
    const text = await readFile(this.#path, 'utf8').catch(() => '[]');
    try {
      for (const claim of JSON.parse(text) as PreparedClaim[]) this.claims.set(claim.uid, claim);
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    }
  }

  async save(): Promise<void> {
    const text = JSON.stringify([...this.claims.values()]);
    this.#saving = this.#saving.catch(() => undefined).then(async () => {
      await mkdir(dirname(this.#path), { recursive: true });
      await writeFile(`${this.#path}.new`, text, { mode: 0o600 });
      await rename(`${this.#path}.new`, this.#path);
    });
    await this.#saving;
  }
}
