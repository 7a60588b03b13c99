import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `policy.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const policyV1Schema: SchemaPackage = definePackage('policy.v1', 'io.k8s.api.policy.v1', {
  Eviction: `
    metadata 1 meta.v1.ObjectMeta default={}
    deleteOptions 2 meta.v1.DeleteOptions`,
  PodDisruptionBudget: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 PodDisruptionBudgetSpec default={}
    status 3 PodDisruptionBudgetStatus default={}`,
  PodDisruptionBudgetList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []PodDisruptionBudget required`,
  PodDisruptionBudgetSpec: `
    minAvailable 1 IntOrString
    selector 2 meta.v1.LabelSelector patch=replace
    maxUnavailable 3 IntOrString
    unhealthyPodEvictionPolicy 4 string`,
  PodDisruptionBudgetStatus: `
    observedGeneration 1 int64 omitzero
    disruptedPods 2 {}Time
    disruptionsAllowed 3 int32 default=0
    currentHealthy 4 int32 default=0
    desiredHealthy 5 int32 default=0
    expectedPods 6 int32 default=0
    conditions 7 []meta.v1.Condition list=map:type patch=merge:type`,
});
