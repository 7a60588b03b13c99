import { Histogram, type Tally } from '../../base/metrics.ts';
import { widthOf, type PriorityLevel } from './priority-level.ts';

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
    ...family('apiserver_flowcontrol_current_executing_seats', 'gauge', '[BETA] Concurrency (number of seats) occupied by the currently executing (initial stage for a WATCH, any stage otherwise) requests in the API Priority and Fairness subsystem', [...levels].flatMap(([name, level]) => executingSeats(name, level))),
    ...family('apiserver_flowcontrol_upper_limit_seats', 'gauge', '[ALPHA] Configured upper bound on number of execution seats available to each priority level', ofLevels(({ limits }) => limits.most)),
    ...family('apiserver_flowcontrol_nominal_limit_seats', 'gauge', '[BETA] Nominal number of execution seats configured for each priority level', ofLevels(({ limits }) => limits.nominal)),
  ];
  return `${lines.join('\n')}\n`;
}

function executingSeats(level: string, { executing }: PriorityLevel): Sample[] {
  const bySchema = new Map<string, number>();
  for (const { flow } of executing) bySchema.set(flow.schema, (bySchema.get(flow.schema) ?? 0) + widthOf(flow));
  return [...bySchema].map(([schema, seats]) => [{ flow_schema: schema, priority_level: level }, seats]);
}

export function estimatedSeats(): Histogram {
  return new Histogram({ name: 'apiserver_flowcontrol_work_estimated_seats', help: 'Number of estimated seats (maximum of initial and final seats) associated with requests in API Priority and Fairness' }, [1, 2, 4, 10]);
}

export function watchCounts(): Histogram {
  return new Histogram({ name: 'apiserver_flowcontrol_watch_count_samples', help: 'count of watchers for mutating requests in API Priority and Fairness' }, [0, 1, 10, 100, 1000, 10_000]);
}
