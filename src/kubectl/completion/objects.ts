import type { Connection } from '../connection.ts';
import { qualifiedName } from '../resources/rest-mapper.ts';

/** Names of the objects of a type, in the namespace that holds. Throws when there is no such type. */
export async function namesOf(connection: Connection, type: string): Promise<string[]> {
  const resource = await connection.lookUp((mapper) => mapper.resource(type));
  const found = await connection.list(resource, resource.namespaced ? connection.namespace : undefined);
  return found.map(({ metadata }) => metadata.name ?? '').sort();
}

/** `pods`, `deployments.apps`: what can be read. */
export async function typeNames(connection: Connection): Promise<string[]> {
  const { resources } = await connection.mapper();
  const readable = resources.filter(({ verbs }) => verbs.includes('get')).sort((a, b) => (a.group === b.group ? (a.resource < b.resource ? -1 : 1) : a.group < b.group ? -1 : 1));
  return [...new Set(readable.map(qualifiedName))];
}
