import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { badRequest } from '../../apimachinery/status.ts';
import type { OutputForm } from '../http/negotiation.ts';
import type { UpdateStrategy } from '../registry/update.ts';
import type { BodyTarget } from '../registry/body.ts';
import type { WriteOptions } from '../registry/options.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { Registry, WriteContext } from '../registry/write-context.ts';
import type { ApiRequest } from '../request.ts';

export interface WriteTargetOptions {
  readonly form: OutputForm;
  /** Empty for the object itself. */
  readonly subresource: string;
  /** In place of what the kind says of the subresource. */
  readonly strategy?: UpdateStrategy;
}

export function targetOf(resource: ServedResource): BodyTarget {
  const { custom, message } = resource.version;
  return { apiVersion: resource.apiVersion, kind: resource.kind.kind, media: resource.media, message: custom ? undefined : message, ...(custom && { custom, group: resource.group }) };
}

export function writeContext(registry: Registry, request: ApiRequest, resource: ServedResource, options: { dryRun: boolean; options: unknown; subresource?: string }): WriteContext {
  return { registry, request, resource, subresource: options.subresource ?? '', namespace: namespaceOf(request, resource), dryRun: options.dryRun, options: options.options };
}

/** A Namespace is its own namespace in paths, but its key has none. */
function namespaceOf(request: ApiRequest, resource: ServedResource): string {
  return resource.kind.namespaced ? request.info.namespace : '';
}

/** CreateOptions and the like, as admission and webhooks see them: patches are updates. */
export function optionsObject(kind: 'CreateOptions' | 'UpdateOptions', options: WriteOptions): object {
  const object: Record<string, unknown> = { kind, apiVersion: 'meta.k8s.io/v1' };
  if (options.dryRun) object['dryRun'] = ['All'];
  if (options.givenManager !== '') object['fieldManager'] = options.givenManager;
  if (options.givenValidation !== '') object['fieldValidation'] = options.givenValidation;
  return object;
}

/** The namespace of the body is that of the path, or absent. Throws StatusError 400. */
export function checkNamespace(object: KubeObject, resource: ServedResource, namespace: string): void {
  const { metadata } = object;
  if (!resource.kind.namespaced) {
    delete metadata.namespace;
    return;
  }
  if (!metadata.namespace) metadata.namespace = namespace;
  else if (metadata.namespace !== namespace) throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

/** The name of the body is that of the path. Throws StatusError 400. */
export function checkName(object: DeepReadonly<KubeObject>, name: string): void {
  if (!object.metadata.name) throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (object.metadata.name !== name) throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`);
}
