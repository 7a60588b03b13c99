import type { ParamKind, ParamRef } from '../../../api/generated/admissionregistration-v1.ts';
import type { DeepReadonly, KubeObject } from '../../../apimachinery/meta.ts';
import { matcherOf } from '../../../component-helpers/label-selector.ts';
import type { MatchContext } from './matching.ts';

/** A policy or a binding cannot be used as it is. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/**
 * The objects with which a policy is to be evaluated, once each; undefined among them: without one. Throws ConfigurationError.
 * Source: apiserver pkg/admission/plugin/policy/generic, CollectParams.
 */
export function paramsOf(kind: DeepReadonly<ParamKind> | undefined, ref: DeepReadonly<ParamRef> | undefined, requestNamespace: string, { objects, resources }: MatchContext): readonly (DeepReadonly<KubeObject> | undefined)[] {
  if (!kind || !ref) return [undefined];
  const served = resources.ofKind(kind.apiVersion ?? '', kind.kind ?? '');
  if (!served) throw new ConfigurationError(`paramKind kind \`&ParamKind{APIVersion:${kind.apiVersion ?? ''},Kind:${kind.kind ?? ''},}\` not known`);
  const { namespaced, group, resource } = served.kind;
  let namespace = '';
  if (namespaced) {
    namespace = ref.namespace || requestNamespace;
    if (namespace === '') throw new ConfigurationError('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
  } else if (ref.namespace) throw new ConfigurationError('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  const place = { group, version: served.version.version, resource, kind: served.kind.kind, namespaced };
  const shown = (object: DeepReadonly<KubeObject>): DeepReadonly<KubeObject> => ({ ...(served.isStorageVersion || !served.version.fromStorage ? object : served.version.fromStorage(object as KubeObject)), apiVersion: served.apiVersion, kind: served.kind.kind });
  const found = ref.name ? [objects.get(place as never, ref.name, namespace) as DeepReadonly<KubeObject> | undefined].filter((one) => one !== undefined)
    : (objects.list(place as never, namespace) as DeepReadonly<KubeObject>[]).filter(({ metadata }) => matcherOf(ref.selector)(metadata.labels));
  if (found.length === 0 && ref.parameterNotFoundAction === 'Deny') throw new ConfigurationError('no params found for policy binding with `Deny` parameterNotFoundAction');
  return found.map(shown);
}
