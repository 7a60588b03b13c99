import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `autoscaling.v2`; the notation is explained in apimachinery/schema/package.ts. */
export const autoscalingV2Schema: SchemaPackage = definePackage('autoscaling.v2', 'io.k8s.api.autoscaling.v2', {
  ContainerResourceMetricSource: `
    name 1 string required default=""
    target 2 MetricTarget required default={}
    container 3 string required default=""`,
  ContainerResourceMetricStatus: `
    name 1 string required default=""
    current 2 MetricValueStatus required default={}
    container 3 string required default=""`,
  CrossVersionObjectReference: `
    kind 1 string required default=""
    name 2 string required default=""
    apiVersion 3 string omitzero`,
  ExternalMetricSource: `
    metric 1 MetricIdentifier required default={}
    target 2 MetricTarget required default={}`,
  ExternalMetricStatus: `
    metric 1 MetricIdentifier required default={}
    current 2 MetricValueStatus required default={}`,
  HPAScalingPolicy: `
    type 1 string required default=""
    value 2 int32 required default=0
    periodSeconds 3 int32 required default=0`,
  HPAScalingRules: `
    stabilizationWindowSeconds 3 int32
    selectPolicy 1 string
    policies 2 []HPAScalingPolicy list=atomic keepempty
    tolerance 4 Quantity`,
  HorizontalPodAutoscaler: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 HorizontalPodAutoscalerSpec required default={}
    status 3 HorizontalPodAutoscalerStatus default={}`,
  HorizontalPodAutoscalerBehavior: `
    scaleUp 1 HPAScalingRules
    scaleDown 2 HPAScalingRules`,
  HorizontalPodAutoscalerCondition: `
    type 1 string required default=""
    status 2 string required default=""
    lastTransitionTime 3 Time null
    reason 4 string omitzero
    message 5 string omitzero`,
  HorizontalPodAutoscalerList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []HorizontalPodAutoscaler required`,
  HorizontalPodAutoscalerSpec: `
    scaleTargetRef 1 CrossVersionObjectReference required default={}
    minReplicas 2 int32
    maxReplicas 3 int32 required default=0
    metrics 4 []MetricSpec list=atomic
    behavior 5 HorizontalPodAutoscalerBehavior`,
  HorizontalPodAutoscalerStatus: `
    observedGeneration 1 int64
    lastScaleTime 2 Time
    currentReplicas 3 int32 omitzero
    desiredReplicas 4 int32 required default=0
    currentMetrics 5 []MetricStatus null list=atomic
    conditions 6 []HorizontalPodAutoscalerCondition list=map:type patch=merge:type`,
  MetricIdentifier: `
    name 1 string required default=""
    selector 2 meta.v1.LabelSelector`,
  MetricSpec: `
    type 1 string required default=""
    object 2 ObjectMetricSource
    pods 3 PodsMetricSource
    resource 4 ResourceMetricSource
    containerResource 7 ContainerResourceMetricSource
    external 5 ExternalMetricSource`,
  MetricStatus: `
    type 1 string required default=""
    object 2 ObjectMetricStatus
    pods 3 PodsMetricStatus
    resource 4 ResourceMetricStatus
    containerResource 7 ContainerResourceMetricStatus
    external 5 ExternalMetricStatus`,
  MetricTarget: `
    type 1 string required default=""
    value 2 Quantity
    averageValue 3 Quantity
    averageUtilization 4 int32`,
  MetricValueStatus: `
    value 1 Quantity
    averageValue 2 Quantity
    averageUtilization 3 int32`,
  ObjectMetricSource: `
    describedObject 1 CrossVersionObjectReference required default={}
    target 2 MetricTarget required default={}
    metric 3 MetricIdentifier required default={}`,
  ObjectMetricStatus: `
    metric 1 MetricIdentifier required default={}
    current 2 MetricValueStatus required default={}
    describedObject 3 CrossVersionObjectReference required default={}`,
  PodsMetricSource: `
    metric 1 MetricIdentifier required default={}
    target 2 MetricTarget required default={}`,
  PodsMetricStatus: `
    metric 1 MetricIdentifier required default={}
    current 2 MetricValueStatus required default={}`,
  ResourceMetricSource: `
    name 1 string required default=""
    target 2 MetricTarget required default={}`,
  ResourceMetricStatus: `
    name 1 string required default=""
    current 2 MetricValueStatus required default={}`,
});
