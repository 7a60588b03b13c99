import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `scheduling.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const schedulingV1Schema: SchemaPackage = definePackage('scheduling.v1', 'io.k8s.api.scheduling.v1', {
  PriorityClass: `
    metadata 1 meta.v1.ObjectMeta default={}
    value 2 int32 default=0
    globalDefault 3 bool omitzero
    description 4 string omitzero
    preemptionPolicy 5 string enum=Never|PreemptLowerPriority`,
  PriorityClassList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []PriorityClass required`,
});
