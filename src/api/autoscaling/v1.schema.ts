import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `autoscaling.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const autoscalingV1Schema: SchemaPackage = definePackage('autoscaling.v1', 'io.k8s.api.autoscaling.v1', {
  CrossVersionObjectReference: `
    @map atomic
    kind 1 string required default=""
    name 2 string required default=""
    apiVersion 3 string omitzero`,
  HorizontalPodAutoscaler: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 HorizontalPodAutoscalerSpec required default={}
    status 3 HorizontalPodAutoscalerStatus default={}`,
  HorizontalPodAutoscalerList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []HorizontalPodAutoscaler required`,
  HorizontalPodAutoscalerSpec: `
    scaleTargetRef 1 CrossVersionObjectReference required default={}
    minReplicas 2 int32
    maxReplicas 3 int32 required default=0
    targetCPUUtilizationPercentage 4 int32`,
  HorizontalPodAutoscalerStatus: `
    observedGeneration 1 int64
    lastScaleTime 2 Time
    currentReplicas 3 int32 required default=0
    desiredReplicas 4 int32 required default=0
    currentCPUUtilizationPercentage 5 int32`,
  Scale: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 ScaleSpec default={}
    status 3 ScaleStatus default={}`,
  ScaleSpec: `
    replicas 1 int32 omitzero default=0`,
  ScaleStatus: `
    replicas 1 int32 required default=0
    selector 2 string omitzero`,
});
