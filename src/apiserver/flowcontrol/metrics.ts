import type { Tally } from '../../base/metrics.ts';
import type { PriorityLevel } from './priority-level.ts';

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

function family(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string[] {
  const lines = samples.map(([labels, value]) => `${name}{${Object.entries(labels).map(([label, text]) => `${label}="${text}"`).join(',')}} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];
}

/** What priority and fairness did, under kube-apiserver's names. `outcomes`: counts by `level\0schema\0outcome`. */
export function flowControlText(levels: ReadonlyMap<string, PriorityLevel>, outcomes: ReadonlyMap<string, Tally>): string {
  const counted = [...outcomes].map(([key, { count }]) => {
    const [level = '', schema = '', outcome = ''] = key.split('\0');
    return { labels: { flow_schema: schema, priority_level: level }, outcome, count };
  });
  const ofLevels = (value: (level: PriorityLevel) => number): Sample[] => [...levels].map(([name, level]) => [{ priority_level: name }, value(level)]);
  const lines = [
    ...family('apiserver_flowcontrol_dispatched_requests_total', 'counter', '[BETA] Number of requests executed by API Priority and Fairness subsystem',
      counted.filter(({ outcome }) => outcome === 'dispatched').map(({ labels, count }): Sample => [labels, count])),
    ...family('apiserver_flowcontrol_rejected_requests_total', 'counter', '[BETA] Number of requests rejected by API Priority and Fairness subsystem',
      counted.filter(({ outcome }) => outcome !== 'dispatched').map(({ labels, outcome, count }): Sample => [{ ...labels, reason: outcome }, count])),
    ...family('apiserver_flowcontrol_current_inqueue_requests', 'gauge', '[BETA] Number of requests currently pending in queues of the API Priority and Fairness subsystem', ofLevels(({ waiting }) => waiting)),
    ...family('apiserver_flowcontrol_current_executing_requests', 'gauge', '[BETA] Number of requests in initial (for a WATCH) or any (for a non-WATCH) execution stage in the API Priority and Fairness subsystem', ofLevels(({ running }) => running)),
    ...family('apiserver_flowcontrol_nominal_limit_seats', 'gauge', '[BETA] Nominal number of execution seats configured for each priority level', ofLevels(({ limits }) => limits.nominal)),
  ];
  return `${lines.join('\n')}\n`;
}
