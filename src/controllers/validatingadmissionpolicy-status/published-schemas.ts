import type { ValidatingAdmissionPolicy } from '../../api/generated/admissionregistration-v1.ts';
import type { JSONSchemaProps } from '../../api/generated/apiextensions-v1.ts';
import type { APIResourceList } from '../../api/generated/meta-v1.ts';
import { kinds } from '../../api/kinds.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { StatusError } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';

/** A kind that is not built in, as the server publishes it. */
export interface PublishedSchema {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly schema: JSONSchemaProps;
}

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

type Component = JSONSchemaProps & { readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[] };

async function schemasOf(client: Client, group: string, version: string, signal: AbortSignal): Promise<PublishedSchema[]> {
  const list = (await client.send({ method: 'GET', path: `/apis/${group}/${version}`, signal })) as APIResourceList;
  const document = (await client.send({ method: 'GET', path: `/openapi/v3/apis/${group}/${version}`, signal })) as { components?: { schemas?: Readonly<Record<string, Component>> } };
  const components = Object.values(document.components?.schemas ?? {});
  return list.resources.flatMap(({ name: resource, kind }) => {
    const schema = components.find((one) => one['x-kubernetes-group-version-kind']?.some((gvk) => gvk.group === group && gvk.version === version && gvk.kind === kind));
    return schema && !resource.includes('/') ? [{ group, version, resource, kind, schema }] : [];
  });
}

/** The schemas of the group versions that a policy names and that are not built in. What is not served yet is left out. */
export async function publishedSchemas(client: Client, { spec }: DeepReadonly<ValidatingAdmissionPolicy>, signal: AbortSignal): Promise<PublishedSchema[]> {
  const wanted = new Map<string, { group: string; version: string }>();
  for (const { apiGroups = [], apiVersions = [] } of spec.matchConstraints?.resourceRules ?? []) {
    for (const group of apiGroups) {
      if (group === '*' || kinds.some((kind) => kind.group === group)) continue;
      for (const version of apiVersions) if (version !== '*') wanted.set(`${group}/${version}`, { group, version });
    }
  }
  const found: PublishedSchema[] = [];
  for (const { group, version } of wanted.values()) {
    try {
      found.push(...(await schemasOf(client, group, version, signal)));
    } catch (error) {
      if (!StatusError.is(error) || error.code !== 404) throw error;
    }
  }
  return found;
}
