/** One look at a counter of CPU time and at the memory in use. */
export interface Measurement {
  readonly atMs: number;
  /** Since the start of the container or of the machine. */
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

/** What a kubelet measured at one time. */
export interface NodeMeasurements {
  readonly node: Measurement | undefined;
  /** By `namespace/pod`, then by container. */
  readonly pods: ReadonlyMap<string, ReadonlyMap<string, Measurement>>;
}

export interface Usage {
  readonly cpuCores: number;
  readonly memoryBytes: number;
}

const LINE = /^(node|container)_(cpu_usage_seconds_total|memory_working_set_bytes)(?:\{(.*)\})? (\S+)(?: (\d+))?$/gm;

type Draft = { -readonly [K in keyof Measurement]?: Measurement[K] };

/** Reads the kubelet's `/metrics/resource`. `nowMs`: for lines without a time. */
export function parseMeasurements(text: string, nowMs: number): NodeMeasurements {
  const node: Draft = {};
  const pods = new Map<string, Map<string, Draft>>();
  for (const [, of, metric, labels = '', value, time] of text.matchAll(LINE)) {
    const one = of === 'node' ? node : containerOf(pods, labels);
    if (!one) continue;
    if (metric === 'memory_working_set_bytes') one.memoryBytes = Number(value);
    else {
      one.cpuSeconds = Number(value);
      one.atMs = time === undefined ? nowMs : Number(time);
    }
  }
  const whole = [...pods].map(([pod, containers]): [string, Map<string, Measurement>] => [pod, new Map([...containers].filter((entry): entry is [string, Measurement] => isWhole(entry[1])))]);
  return { node: isWhole(node) ? node : undefined, pods: new Map(whole) };
}

function isWhole(draft: Draft): draft is Measurement {
  return draft.atMs !== undefined && draft.cpuSeconds !== undefined && draft.memoryBytes !== undefined;
}

function containerOf(pods: Map<string, Map<string, Draft>>, labels: string): Draft | undefined {
  const named = new Map([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));
  const [container, pod, namespace] = [named.get('container'), named.get('pod'), named.get('namespace')];
  if (container === undefined || pod === undefined || namespace === undefined) return undefined;
  const key = `${namespace}/${pod}`;
  const containers = pods.get(key) ?? new Map<string, Draft>();
  pods.set(key, containers);
  const draft = containers.get(container) ?? {};
  containers.set(container, draft);
  return draft;
}

/** The rate between two looks; undefined when the counter began anew in between. */
export function usageBetween(before: Measurement | undefined, after: Measurement): Usage | undefined {
  if (!before || after.atMs <= before.atMs || after.cpuSeconds < before.cpuSeconds) return undefined;
  return { cpuCores: (after.cpuSeconds - before.cpuSeconds) / ((after.atMs - before.atMs) / 1000), memoryBytes: after.memoryBytes };
}
