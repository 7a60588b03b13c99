/** Metrics in the text format of Prometheus. Labels are texts as they stand between the braces: `code="200",verb="GET"`. */
export interface Metric {
  /** Lines with their ends; empty while there is nothing to tell. */
  text(): string;
}

export interface MetricNames {
  readonly name: string;
  readonly help: string;
  /** STABLE, BETA or ALPHA, as Kubernetes says it of its metrics. */
  readonly stability?: string;
}

/** A value as it stands between the quotes of a label. */
export function labelValue(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function head({ name, help, stability = 'ALPHA' }: MetricNames, type: string): string {
  return `# HELP ${name} [${stability}] ${help}\n# TYPE ${name} ${type}\n`;
}

function line(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${value}\n` : `${name}{${labels}} ${value}\n`;
}

/** How often something happened under some labels. */
export interface Tally {
  count: number;
}

export class Counter implements Metric {
  readonly #names: MetricNames;
  readonly #tallies = new Map<string, Tally>();

  constructor(names: MetricNames) {
    this.#names = names;
  }

  add(labels: string, by = 1): void {
    this.with(labels).count += by;
  }

  /** The count under some labels, to be kept by whoever counts often: to put the labels together takes longer than all else. */
  with(labels: string): Tally {
    let tally = this.#tallies.get(labels);
    if (!tally) this.#tallies.set(labels, (tally = { count: 0 }));
    return tally;
  }

  /** What was counted is gone: its labels are told no more. */
  forget(labels: string): void {
    this.#tallies.delete(labels);
  }

  text(): string {
    if (this.#tallies.size === 0) return '';
    return head(this.#names, 'counter') + [...this.#tallies].map(([labels, { count }]) => line(this.#names.name, labels, count)).join('');
  }
}

/** What is looked up when it is asked for. */
export class Gauge implements Metric {
  readonly #names: MetricNames;
  readonly #collect: () => Iterable<readonly [labels: string, value: number]>;
  readonly #type: 'gauge' | 'counter';

  constructor(names: MetricNames, collect: () => Iterable<readonly [labels: string, value: number]>, type: 'gauge' | 'counter' = 'gauge') {
    this.#names = names;
    this.#collect = collect;
    this.#type = type;
  }

  text(): string {
    const lines = [...this.#collect()].map(([labels, value]) => line(this.#names.name, labels, value));
    return lines.length === 0 ? '' : head(this.#names, this.#type) + lines.join('');
  }
}

/** How often values fell under each bound. */
export class Distribution {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #total = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.#sum += value;
    this.#total++;
    for (let i = 0; i < this.#bounds.length; i++) {
      if (value > (this.#bounds[i] ?? Infinity)) continue;
      this.#counts[i] = (this.#counts[i] ?? 0) + 1;
      return;
    }
  }

  lines(name: string, labels: string): string {
    const comma = labels === '' ? '' : ',';
    let cumulative = 0;
    const buckets = this.#bounds.map((bound, i) => `${name}_bucket{${labels}${comma}le="${bound}"} ${(cumulative += this.#counts[i] ?? 0)}\n`).join('');
    return `${buckets}${name}_bucket{${labels}${comma}le="+Inf"} ${this.#total}\n${line(`${name}_sum`, labels, this.#sum)}${line(`${name}_count`, labels, this.#total)}`;
  }
}

export class Histogram implements Metric {
  readonly #names: MetricNames;
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Distribution>();

  constructor(names: MetricNames, bounds: readonly number[]) {
    this.#names = names;
    this.#bounds = bounds;
  }

  /** The series of some labels, to be kept by whoever observes often. */
  with(labels: string): Distribution {
    let series = this.#series.get(labels);
    if (!series) this.#series.set(labels, (series = new Distribution(this.#bounds)));
    return series;
  }

  forget(labels: string): void {
    this.#series.delete(labels);
  }

  text(): string {
    return histogramText(this.#names, this.#series);
  }
}

export function histogramText(names: MetricNames, series: Iterable<readonly [labels: string, distribution: Distribution]>): string {
  const lines = [...series].map(([labels, one]) => one.lines(names.name, labels));
  return lines.length === 0 ? '' : head(names, 'histogram') + lines.join('');
}
