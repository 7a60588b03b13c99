import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { Lease } from '../generated/coordination-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { validateLease } from './validation.ts';

export const lease: KindDefinition<Lease> = defineKind<Lease>({
  group: 'coordination.k8s.io', kind: 'Lease', resource: 'leases', namespaced: true,
  versions: [{ version: 'v1', message: 'coordination.v1.Lease' }],
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  validate: validateLease,
  columns: [nameColumn, textColumn('Holder', 'holderIdentity contains the identity of the holder of a current lease. If Coordinated Leader Election is used, the holder identity must be equal to the elected LeaseCandidate.metadata.name field.', ({ spec }) => spec.holderIdentity ?? ''), ageColumn],
});
