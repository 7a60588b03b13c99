import type { HorizontalPodAutoscalerSpec, HPAScalingPolicy, HPAScalingRules } from '../generated/autoscaling-v2.ts';

const CPU_UTILIZATION = 80;
const PERIOD_SECONDS = 15;

function completeRules(rules: HPAScalingRules, policies: HPAScalingPolicy[]): HPAScalingRules {
  rules.selectPolicy ??= 'Max';
  rules.policies ??= policies;
  return rules;
}

/** Source: pkg/apis/autoscaling/v2/defaults.go. */
export function defaultAutoscaler(spec: HorizontalPodAutoscalerSpec): void {
  spec.minReplicas ??= 1;
  if ((spec.metrics ?? []).length === 0) {
    spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: CPU_UTILIZATION } } }];
  }
  const { behavior } = spec;
  if (!behavior) return;
  behavior.scaleUp = completeRules(behavior.scaleUp ?? {}, [
    { type: 'Pods', value: 4, periodSeconds: PERIOD_SECONDS },
    { type: 'Percent', value: 100, periodSeconds: PERIOD_SECONDS },
  ]);
  behavior.scaleUp.stabilizationWindowSeconds ??= 0;
  behavior.scaleDown = completeRules(behavior.scaleDown ?? {}, [{ type: 'Percent', value: 100, periodSeconds: PERIOD_SECONDS }]);
}
