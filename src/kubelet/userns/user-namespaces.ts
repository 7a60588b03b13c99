import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IDMapping, UserNamespace } from '../../runtime/index.ts';

/** Users of one pod, and where those of the first pod begin: the host's own are below. Source: KEP-127, "Handling of volumes"; pkg/kubelet/userns. */
const IDS_PER_POD = 65_536;
const MAX_ID = 2 ** 32 - 1;
const FILE = 'userns';

interface Stored {
  readonly uidMappings: readonly IDMapping[];
  readonly gidMappings: readonly IDMapping[];
}

/** Which users of the host are those of a pod with `hostUsers: false`. No two pods share any; kept in the pods' folders over restarts. */
export class UserNamespaces {
  readonly #podsDir: string;
  /** The first user of the host, by pod. */
  readonly #taken = new Map<string, number>();

  constructor(podsDir: string) {
    this.#podsDir = podsDir;
  }

  /** Reads what pods have from before. */
  async load(): Promise<void> {
    for (const uid of await readdir(this.#podsDir).catch(() => [])) {
      const text = await readFile(join(this.#podsDir, uid, FILE), 'utf8').catch(() => undefined);
      const first = text === undefined ? undefined : firstIdOf(text);
      if (first !== undefined) this.#taken.set(uid, first);
    }
  }

  /** The pod's users, chosen now if it has none yet. Throws RangeError when all are taken. */
  async ensure(podUid: string): Promise<UserNamespace> {
    const known = this.#taken.get(podUid);
    if (known !== undefined) return namespaceFrom(known);
    const first = this.#free();
    this.#taken.set(podUid, first);
    const folder = join(this.#podsDir, podUid);
    await mkdir(folder, { recursive: true, mode: 0o750 });
    const { uids, gids } = namespaceFrom(first);
    const stored: Stored = { uidMappings: uids, gidMappings: gids };
    await writeFile(join(folder, FILE), JSON.stringify(stored), { mode: 0o600 });
    return namespaceFrom(first);
  }

  of(podUid: string): UserNamespace | undefined {
    const first = this.#taken.get(podUid);
    return first === undefined ? undefined : namespaceFrom(first);
  }

  /** The pod and its folder are gone. */
  release(podUid: string): void {
    this.#taken.delete(podUid);
  }

  #free(): number {
    const taken = new Set(this.#taken.values());
    for (let first = IDS_PER_POD; first + IDS_PER_POD - 1 <= MAX_ID; first += IDS_PER_POD) if (!taken.has(first)) return first;
    throw new RangeError('could not find an empty slot to allocate a user namespace');
  }
}

function namespaceFrom(hostId: number): UserNamespace {
  const mapping = { hostId, containerId: 0, length: IDS_PER_POD };
  return { mode: 'POD', uids: [mapping], gids: [mapping] };
}

/** Undefined for a file that says nothing that could be. */
function firstIdOf(text: string): number | undefined {
  try {
    const { uidMappings } = JSON.parse(text) as Partial<Stored>;
    const first = uidMappings?.[0]?.hostId;
    return Number.isInteger(first) && first !== undefined && first >= IDS_PER_POD ? first : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
