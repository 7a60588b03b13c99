import type { KubeObject } from '../../apimachinery/meta.ts';
import { writeContext } from '../handlers/write-target.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { attributesOf, type Registry } from '../registry/write-context.ts';
import type { ApiRequest } from '../request.ts';
import type { ConnectOptions } from './stream-options.ts';

/** Has admission judge a connect: the object is what the client asks for; of options there are none. Throws what refuses. */
export async function admitConnect(registry: Registry, request: ApiRequest, resource: ServedResource, { kind, ...rest }: ConnectOptions): Promise<void> {
  const { name, subresource } = request.info;
  const object = { kind, apiVersion: 'v1', ...rest } as unknown as KubeObject;
  const attributes = attributesOf(writeContext(registry, request, resource, { dryRun: false, options: undefined, subresource }), { operation: 'CONNECT', name, object, oldObject: undefined, kind });
  await registry.admission.admit(attributes);
  await registry.admission.validate(attributes);
}
