import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { validateNamespaceFinalize } from '../../api/core/namespace-validation.ts';
import type { Namespace } from '../../api/generated/core-v1.ts';
import type { UpdateStrategy } from '../registry/update.ts';

type WithSpec = KubeObject & { spec?: { finalizers?: string[] }; status?: unknown };

/** Only `spec.finalizers` may change here. Source: pkg/registry/core/namespace, FinalizeREST. */
export const finalizeStrategy: UpdateStrategy = {
  prepareForUpdate(object, old) {
    const { spec, metadata } = object as WithSpec;
    const before = copyOf<WithSpec>(old as WithSpec);
    const { managedFields, resourceVersion } = metadata;
    object.metadata = { ...before.metadata, resourceVersion, ...(managedFields && { managedFields }) };
    (object as WithSpec).status = before.status;
    (object as WithSpec).spec = spec ?? {};
  },
  validateUpdate(object, _old, errors) {
    validateNamespaceFinalize(object as DeepReadonly<Namespace>, errors);
  },
};
