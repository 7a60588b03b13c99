import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { Lease } from '../generated/coordination-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { validateLease } from './validation.ts';
import { changesAndSpec } from '../update-orders.ts';

/** Of coordinated leader election, which is off: kept where it stands already. */
function dropElection({ spec }: Lease, old?: DeepReadonly<Lease>): void {
  if (old?.spec.strategy === undefined) delete spec.strategy;
  if (old?.spec.preferredHolder === undefined) delete spec.preferredHolder;
}

export const lease: KindDefinition<Lease> = defineKind<Lease>({
  group: 'coordination.k8s.io', kind: 'Lease', resource: 'leases', namespaced: true,
  versions: [{ version: 'v1', message: 'coordination.v1.Lease' }],
  updateRules: changesAndSpec,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  prepareForCreate(object) {
    dropElection(object);
  },
  prepareForUpdate: dropElection,
  validate: validateLease,
  columns: [nameColumn, textColumn('Holder', 'holderIdentity contains the identity of the holder of a current lease. If Coordinated Leader Election is used, the holder identity must be equal to the elected LeaseCandidate.metadata.name field.', ({ spec }) => spec.holderIdentity ?? ''), ageColumn],
});
