import { Gauge, type Metric } from '../base/metrics.ts';
import type { FeatureGates } from './feature-gates.ts';
import { KNOWN_FEATURE_GATES } from './known-feature-gates.ts';

/** `kubernetes_feature_enabled`: every known gate, its stage, and 1 where it is on. Source: the metrics reference; component-base metrics/prometheus/feature. */
export function featureGateMetric(isOn: FeatureGates): Metric {
  const rows = [...KNOWN_FEATURE_GATES.values()].map(({ name, stage }) => [`name="${name}",stage="${stage}"`, isOn(name) ? 1 : 0] as const);
  return new Gauge({ name: 'kubernetes_feature_enabled', help: 'This metric records the data about the stage and enablement of a k8s feature.', stability: 'BETA' }, () => rows);
}
