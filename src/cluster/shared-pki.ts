import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { RevisionMismatchError, type Store } from '../storage/store.ts';
import { readIfExists, writeFileDurably } from './files.ts';

/** Outside every resource's prefix: no request of the API reaches it. */
export const PKI_KEY = 'kubets/pki';
/** What all servers of a cluster must have in common; the rest each issues for itself. */
const SHARED = ['ca.crt', 'ca.key', 'front-proxy-ca.crt', 'front-proxy-ca.key', 'sa.key'];

type Files = Readonly<Record<string, string>>;

/**
 * Gives the servers that share a store the same certificate authorities and service-account keys: the first one puts what it has, or what `make`
 * makes in the folder that it is given, into the store; the others take it from there into `folder`. Whoever can read the store can be any user, as
 * with Kubernetes and its etcd. Throws Error when `folder` holds those of another cluster.
 */
export async function sharePki(options: { store: Store; folder: string; make: (folder: string) => void }): Promise<void> {
  const { store, folder, make } = options;
  const known = await store.get(PKI_KEY);
  if (known) return writePki(folder, known.value);
  // Aside, until it is the cluster's: another server may come first, and a server that is ended here must not find at its next start what never was.
  const aside = `${folder}.new`;
  rmSync(aside, { recursive: true, force: true });
  for (const [name, text] of Object.entries(readFiles(folder))) writeFileDurably(join(aside, name), text);
  make(aside);
  const value = readPki(aside);
  const earlier = await store.commit({ key: PKI_KEY, value, expected: 0 }).then(() => undefined, (error: unknown) => {
    if (error instanceof RevisionMismatchError && error.current) return error.current.value;
    throw error;
  });
  writePki(folder, earlier ?? value);
  rmSync(aside, { recursive: true, force: true });
}

function readFiles(folder: string): Files {
  return Object.fromEntries(SHARED.flatMap((name) => {
    const text = readIfExists(join(folder, name));
    return text === undefined ? [] : [[name, text]];
  }));
}

/** What servers have in common, of this folder, as the store keeps it. */
export function readPki(folder: string): Uint8Array {
  return Buffer.from(JSON.stringify(readFiles(folder)));
}

/** Throws Error when the folder holds those of another cluster. */
export function writePki(folder: string, value: Uint8Array): void {
  const shared = JSON.parse(Buffer.from(value).toString()) as Files;
  const own = readFiles(folder);
  for (const [name, text] of Object.entries(shared)) {
    if (own[name] === text) continue;
    if (own[name] !== undefined) throw new Error(`${join(folder, name)} belongs to another cluster than the one in the store; start with an empty --data-dir, or with the cluster's own files`);
    writeFileDurably(join(folder, name), text);
  }
}
