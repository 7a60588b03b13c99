import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { HorizontalPodAutoscaler } from '../generated/autoscaling-v2.ts';
import type { Column, KindDefinition } from '../kind.ts';
import { keepStatus } from '../status-fields.ts';
import { defaultAutoscaler } from './defaults.ts';
import { metricsText } from './metrics-text.ts';
import { validateAutoscaler, validateAutoscalerStatus, validateAutoscalerUpdate } from './validation.ts';
import { fromV1, toV1 } from './v1-conversion.ts';
import { changesAndSpec } from '../update-orders.ts';

const columns: readonly Column<HorizontalPodAutoscaler>[] = [
  nameColumn,
  textColumn('Reference', 'scaleTargetRef points to the target resource to scale, and is used to the pods for which metrics should be collected, as well as to actually change the replica count.', ({ spec }) => `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`),
  textColumn('Targets', 'metrics contains the specifications for which to use to calculate the desired replica count (the maximum replica count across all metrics will be used).  The desired replica count is calculated multiplying the ratio between the target value and the current value by the current number of pods.  Ergo, metrics used must decrease as the pod count is increased, and vice-versa.  See the individual metric source types for more information about how each type of metric must respond. If not set, the default metric will be set to 80% average CPU utilization.', ({ spec, status }) => metricsText(spec.metrics ?? [], status.currentMetrics ?? [])),
  textColumn('MinPods', 'minReplicas is the lower limit for the number of replicas to which the autoscaler can scale down.  It defaults to 1 pod.  minReplicas is allowed to be 0 if the alpha feature gate HPAScaleToZero is enabled and at least one Object or External metric is configured.  Scaling is active as long as at least one metric value is available.', ({ spec }) => String(spec.minReplicas ?? '<unset>')),
  textColumn('MaxPods', 'maxReplicas is the upper limit for the number of replicas to which the autoscaler can scale up. It cannot be less that minReplicas.', ({ spec }) => spec.maxReplicas),
  textColumn('Replicas', 'currentReplicas is current number of replicas of pods managed by this autoscaler, as last seen by the autoscaler.', ({ status }) => status.currentReplicas ?? 0),
  ageColumn,
];

export const horizontalPodAutoscaler: KindDefinition<HorizontalPodAutoscaler> = defineKind<HorizontalPodAutoscaler>({
  group: 'autoscaling', kind: 'HorizontalPodAutoscaler', resource: 'horizontalpodautoscalers', namespaced: true, shortNames: ['hpa'], categories: ['all'],
  versions: [
    { version: 'v2', message: 'autoscaling.v2.HorizontalPodAutoscaler' },
    { version: 'v1', message: 'autoscaling.v1.HorizontalPodAutoscaler', toStorage: fromV1, fromStorage: toV1 },
  ],
  updateRules: changesAndSpec,
  storageVersion: 'v2',
  subresources: { status: { validateUpdate: validateAutoscalerStatus } },
  default: ({ spec }) => defaultAutoscaler(spec),
  prepareForCreate(object) {
    object.status = { desiredReplicas: 0 };
  },
  validateCreate: validateAutoscaler,
  prepareForUpdate: keepStatus,
  validateUpdate: validateAutoscalerUpdate,
  columns,
});
