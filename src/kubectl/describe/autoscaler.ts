import { at, listAt, numberAt, textAt } from '../kube-json.ts';
import type { Describer } from './describer.ts';
import { conditionRows, headLines, longTime, metaLines } from './text.ts';

const orUnknown = (text: string): string => text || '<unknown>';

/** `resource cpu on pods  (as a percentage of request):  <unknown> / 50%`. Source: kubectl pkg/describe, describeHorizontalPodAutoscalerV2. */
export const describeAutoscaler: Describer = async (object, scope) => {
  const { spec, status } = object as { spec?: unknown; status?: unknown };
  const kind = textAt(spec, 'scaleTargetRef', 'kind');
  const current = listAt(status, 'currentMetrics');
  const minimum = at(spec, 'minReplicas');
  return [
    ...headLines(object), ...metaLines(object), `CreationTimestamp:\t${longTime(object.metadata.creationTimestamp ?? '')}`, `Reference:\t${kind}/${textAt(spec, 'scaleTargetRef', 'name')}`, 'Metrics:\t( current / target )',
    ...listAt(spec, 'metrics').map((metric, index) => `  ${metricText(metric, current[index])}`),
    `Min replicas:\t${minimum === undefined ? '<unset>' : numberAt(minimum)}`, `Max replicas:\t${numberAt(spec, 'maxReplicas')}`, ...behaviorLines(at(spec, 'behavior')),
    `${kind} pods:\t${numberAt(status, 'currentReplicas')} current / ${numberAt(status, 'desiredReplicas')} desired`,
    ...conditionRows(object, [['Type', (one) => textAt(one, 'type')], ['Status', (one) => textAt(one, 'status')], ['Reason', (one) => textAt(one, 'reason')], ['Message', (one) => textAt(one, 'message')]]),
    ...(await scope.eventLines()),
  ];
};

function metricText(metric: unknown, current: unknown): string {
  const type = textAt(metric, 'type');
  const field = type.charAt(0).toLowerCase() + type.slice(1);
  const [wanted, seen] = [at(metric, field), at(current, field, 'current')];
  const value = (name: string): string => `${orUnknown(textAt(seen, name))} / ${textAt(wanted, 'target', name) || '<nil>'}`;
  switch (type) {
    case 'External': return `${JSON.stringify(textAt(wanted, 'metric', 'name'))} (target ${textAt(wanted, 'target', 'averageValue') ? 'average value' : 'value'}):\t${value(textAt(wanted, 'target', 'averageValue') ? 'averageValue' : 'value')}`;
    case 'Pods': return `${JSON.stringify(textAt(wanted, 'metric', 'name'))} on pods:\t${value('averageValue')}`;
    case 'Object': {
      const isAverage = textAt(wanted, 'target', 'type') === 'AverageValue';
      return `${JSON.stringify(textAt(wanted, 'metric', 'name'))} on ${textAt(wanted, 'describedObject', 'kind')}/${textAt(wanted, 'describedObject', 'name')} ${isAverage ? '(target average value)' : '(target value)'}:\t${value(isAverage ? 'averageValue' : 'value')}`;
    }
    default: {
      const where = type === 'ContainerResource' ? ` of container ${JSON.stringify(textAt(wanted, 'container'))}` : '';
      if (textAt(wanted, 'target', 'averageValue')) return `resource ${textAt(wanted, 'name')}${where} on pods:\t${value('averageValue')}`;
      const utilization = at(seen, 'averageUtilization') === undefined ? '<unknown>' : `${numberAt(seen, 'averageUtilization')}% (${textAt(seen, 'averageValue')})`;
      return `resource ${textAt(wanted, 'name')}${where} on pods  (as a percentage of request):\t${utilization} / ${textAt(wanted, 'target', 'averageUtilization') ? `${textAt(wanted, 'target', 'averageUtilization')}%` : '<auto>'}`;
    }
  }
}

function behaviorLines(behavior: unknown): string[] {
  if (behavior === undefined) return [];
  return ['Behavior:', ...(['scaleUp', 'scaleDown'] as const).flatMap((direction) => {
    const rules = at(behavior, direction);
    if (rules === undefined) return [];
    const window = at(rules, 'stabilizationWindowSeconds');
    return [
      `  Scale ${direction === 'scaleUp' ? 'Up' : 'Down'}:`, ...(window === undefined ? [] : [`    Stabilization Window: ${numberAt(window)} seconds`]),
      ...(listAt(rules, 'policies').length === 0 ? [] : [`    Select Policy: ${textAt(rules, 'selectPolicy') || 'Max'}`, '    Policies:', ...listAt(rules, 'policies').map((one) => `      - Type: ${textAt(one, 'type')}\tValue: ${numberAt(one, 'value')}\tPeriod: ${numberAt(one, 'periodSeconds')} seconds`)]),
    ];
  })];
}
