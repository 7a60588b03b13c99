import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ContainerResources } from './resources-of-pod.ts';

/** By pod uid. */
export interface AllocationState {
  readonly allocated: ReadonlyMap<string, ContainerResources>;
  readonly actuated: ReadonlyMap<string, ContainerResources>;
}

/** Where the state outlives the kubelet. */
export interface CheckpointStore {
  load(): Promise<AllocationState>;
  save(state: AllocationState): Promise<void>;
}

const EMPTY: AllocationState = { allocated: new Map(), actuated: new Map() };

/** For simulated nodes, whose containers do not outlive them. */
export const noCheckpoint: CheckpointStore = { load: async () => EMPTY, save: async () => undefined };

/** One file, replaced as a whole. A file that is broken is as good as none: the running pods' specs are allocated again. */
export function fileCheckpoint(path: string): CheckpointStore {
  return {
    async load() {
      const text = await readFile(path, 'utf8').catch(() => undefined);
      return text === undefined ? EMPTY : (parse(text) ?? EMPTY);
    },
    async save(state) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(`${path}.new`, format(state), { mode: 0o600 });
      await rename(`${path}.new`, path);
    },
  };
}

type Plain = Record<string, Record<string, object>>;

function plain(pods: ReadonlyMap<string, ContainerResources>): Plain {
  return Object.fromEntries([...pods].map(([uid, containers]) => [uid, Object.fromEntries(containers)])) as Plain;
}

function fromPlain(pods: Plain): Map<string, ContainerResources> {
  return new Map(Object.entries(pods).map(([uid, containers]) => [uid, new Map(Object.entries(containers))]));
}

function checksum(data: string): string {
  return createHash('sha256').update(data).digest('hex');
}

export function format(state: AllocationState): string {
  const data = JSON.stringify({ allocated: plain(state.allocated), actuated: plain(state.actuated) });
  return JSON.stringify({ data, checksum: checksum(data) });
}

/** Undefined for a text that is broken. */
export function parse(text: string): AllocationState | undefined {
  try {
    const outer = JSON.parse(text) as { data?: unknown; checksum?: unknown };
    if (typeof outer.data !== 'string' || outer.checksum !== checksum(outer.data)) return undefined;
    const { allocated, actuated } = JSON.parse(outer.data) as { allocated: Plain; actuated: Plain };
    return { allocated: fromPlain(allocated), actuated: fromPlain(actuated) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
