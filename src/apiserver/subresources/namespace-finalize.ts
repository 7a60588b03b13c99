import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { formatTime } from '../../apimachinery/time.ts';
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
};

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly lastUpdateTime?: string | null;
  readonly lastTransitionTime?: string | null;
}

/** Times that the client left out. */
function dated(conditions: readonly Condition[], before: readonly Condition[], now: string): Condition[] {
  return conditions.map((condition) => {
    const was = before.find((one) => one.type === condition.type && one.status === condition.status);
    return { ...condition, lastUpdateTime: condition.lastUpdateTime ?? now, lastTransitionTime: condition.lastTransitionTime ?? was?.lastTransitionTime ?? now };
  });
}

/** Only the conditions of approval may change here. Source: pkg/registry/certificates, csrApprovalStrategy. */
export const approvalStrategy: UpdateStrategy = {
  prepareForUpdate(object, old, { nowMs }) {
    const csr = object as KubeObject & { spec?: unknown; status?: Record<string, unknown> };
    const before = old as DeepReadonly<typeof csr>;
    csr.spec = before.spec;
    const { conditions } = csr.status ?? {};
    csr.status = { ...before.status, ...(conditions !== undefined && { conditions: dated(conditions as Condition[], (before.status?.['conditions'] ?? []) as Condition[], formatTime(nowMs)) }) };
    if (conditions === undefined) delete csr.status['conditions'];
  },
};
