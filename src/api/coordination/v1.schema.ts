import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `coordination.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const coordinationV1Schema: SchemaPackage = definePackage('coordination.v1', 'io.k8s.api.coordination.v1', {
  Lease: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 LeaseSpec default={}`,
  LeaseList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []Lease required`,
  LeaseSpec: `
    holderIdentity 1 string
    leaseDurationSeconds 2 int32
    acquireTime 3 MicroTime
    renewTime 4 MicroTime
    leaseTransitions 5 int32
    strategy 6 string
    preferredHolder 7 string`,
});
