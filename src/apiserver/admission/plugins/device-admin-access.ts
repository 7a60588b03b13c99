import * as refs from '../../../api/refs.ts';
import type { ResourceClaim, ResourceClaimTemplate } from '../../../api/generated/resource-v1.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { invalid } from '../../../apimachinery/status.ts';
import { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';

const GROUP = 'resource.k8s.io';
const LABEL = 'resource.kubernetes.io/admin-access';
const REQUESTS = FieldPath.of('spec.devices.requests');
const RESULTS = FieldPath.of('status.allocation.devices.results');

/**
 * Access to devices in use is for namespaces with a label. Not one of the plugins that flags choose: in Kubernetes it is part of storing
 * these kinds. Source: kubernetes pkg/registry/resource/utils.go.
 */
export class DeviceAdminAccess implements AdmissionPlugin {
  readonly name = 'DeviceAdminAccess';
  readonly #objects: () => CachedObjects;

  constructor(objects: () => CachedObjects) {
    this.#objects = objects;
  }

  handles(operation: AdmissionAttributes['operation'], { group, resource, subresource }: AdmissionAttributes): boolean {
    if (group !== GROUP || (resource !== 'resourceclaims' && resource !== 'resourceclaimtemplates')) return false;
    return subresource === '' ? operation === 'CREATE' : subresource === 'status' && operation === 'UPDATE';
  }

  validate(attributes: AdmissionAttributes): void {
    const path = attributes.subresource === '' ? requested(attributes) : allocated(attributes);
    if (!path || this.#objects().get(refs.namespaces, attributes.namespace)?.metadata.labels?.[LABEL] === 'true') return;
    const errors = new FieldErrors();
    errors.forbidden(path, `admin access to devices requires the \`${LABEL}: true\` label on the containing namespace`);
    throw invalid({ group: GROUP, kind: attributes.kind }, attributes.object?.metadata.name ?? '', errors.causes);
  }
}

/** Where admin access is asked for first. */
function requested({ object, resource }: AdmissionAttributes): FieldPath | undefined {
  const spec = resource === 'resourceclaims' ? (object as DeepReadonly<ResourceClaim>).spec : (object as DeepReadonly<ResourceClaimTemplate>).spec.spec;
  const i = spec.devices?.requests?.findIndex(({ exactly }) => exactly?.adminAccess) ?? -1;
  return i < 0 ? undefined : REQUESTS.index(i).child('adminAccess');
}

/** What was allocated before stays allowed. */
function allocated({ object, oldObject }: AdmissionAttributes): FieldPath | undefined {
  const results = (one: unknown): number => (one as DeepReadonly<ResourceClaim>).status.allocation?.devices?.results?.findIndex(({ adminAccess }) => adminAccess) ?? -1;
  if (oldObject && results(oldObject) >= 0) return undefined;
  const i = results(object);
  return i < 0 ? undefined : RESULTS.index(i).child('adminAccess');
}
