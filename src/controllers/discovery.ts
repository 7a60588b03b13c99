import type { APIGroupList, APIResourceList } from '../api/generated/meta-v1.ts';
import type { ResourceRef } from '../apimachinery/meta.ts';
import { StatusError } from '../apimachinery/status.ts';
import type { Client } from '../client/client.ts';

/** A resource as discovery tells of it. */
export interface DiscoveredResource extends ResourceRef {
  readonly verbs: ReadonlySet<string>;
  /** `scale`, `status` */
  readonly subresources: ReadonlySet<string>;
}

export interface Discovered {
  readonly resources: readonly DiscoveredResource[];
  /** Group versions that could not be read, with why: aggregated servers that do not answer. */
  readonly failures: ReadonlyMap<string, Error>;
}

/** All resources that the server serves, each in its group's preferred version (or the first that has it). */
export async function discoverPreferred(client: Client, signal: AbortSignal): Promise<Discovered> {
  const groups = (await client.send({ method: 'GET', path: '/apis', signal })) as APIGroupList;
  const found = new Map<string, DiscoveredResource>();
  const failures = new Map<string, Error>();
  const read = async (group: string, version: string, path: string): Promise<void> => {
    try {
      const list = (await client.send({ method: 'GET', path, signal })) as APIResourceList;
      for (const one of list.resources) {
        const key = `${one.name}.${group}`;
        if (one.name.includes('/') || found.has(key)) continue;
        const subresources = list.resources.filter(({ name }) => name.startsWith(`${one.name}/`)).map(({ name }) => name.slice(one.name.length + 1));
        found.set(key, { group, version, resource: one.name, kind: one.kind, namespaced: one.namespaced, verbs: new Set(one.verbs), subresources: new Set(subresources) });
      }
    } catch (error) {
      if (!StatusError.is(error)) throw error;
      if (error.code !== 404) failures.set(`${group}/${version}`, error);
    }
  };
  await read('', 'v1', '/api/v1');
  for (const { name, preferredVersion, versions } of groups.groups) {
    const inOrder = [...versions].sort((one, other) => Number(other.version === preferredVersion?.version) - Number(one.version === preferredVersion?.version));
    for (const { version, groupVersion } of inOrder) await read(name, version, `/apis/${groupVersion}`);
  }
  return { resources: [...found.values()], failures };
}

export function canAll(resource: DiscoveredResource, ...verbs: readonly string[]): boolean {
  return verbs.every((verb) => resource.verbs.has(verb));
}
