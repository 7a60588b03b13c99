import { mandatoryFlowSchemas, mandatoryPriorityLevels, suggestedFlowSchemas, suggestedPriorityLevels } from '../../api/flowcontrol/bootstrap.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../../api/generated/flowcontrol-v1.ts';
import * as refs from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Clock } from '../../base/clock.ts';
import type { Distribution, Tally } from '../../base/metrics.ts';
import type { CachedObjects } from '../cacher/cached-objects.ts';
import type { OutgoingHeaders } from '../http/exchange.ts';
import type { RequestInfo } from '../http/request-info.ts';
import type { ApiRequest } from '../request.ts';
import { distinguisherOf, inOrder, schemaFor } from './classify.ts';
import { seatsOf, type ResourceSize } from './list-seats.ts';
import { estimatedSeats, flowControlText, watchCounts } from './metrics.ts';
import { PriorityLevel, widthOf, type Flow, type Outcome, type ServerSeats } from './priority-level.ts';
import { freeSeat, type RequestLimiter, type Seat } from './request-limiter.ts';
import { seatLimits } from './seats.ts';
import { WatchTracker } from './watch-tracker.ts';
import { finalWork, isHeardOf, type FinalWork } from './write-seats.ts';

interface KnownSchema {
  readonly schema: DeepReadonly<FlowSchema>;
  readonly level: PriorityLevel;
  readonly headers: OutgoingHeaders;
  readonly estimatedSeats: Distribution;
  readonly watchCounts: Distribution;
}

/** Requests wait no longer than this part of what they may take in all. */
const WAITING_PART = 4;

/**
 * Shares the server among priority levels, and each level among its flows: FlowSchemas say which request is of which. Until their objects are there, what every
 * cluster has holds. Source: KEP-1040; "API Priority and Fairness".
 */
export class FlowControl implements RequestLimiter {
  readonly #objects: () => CachedObjects;
  readonly #clock: Clock;
  readonly #seats: ServerSeats;
  readonly #maxWaitMs: number;
  readonly #sizeOf = (group: string, resource: string): ResourceSize => this.#objects().sizeOf(group, resource);
  readonly #levels = new Map<string, PriorityLevel>();
  readonly #outcomes = new Map<string, Tally>();
  readonly #watches = new WatchTracker();
  readonly #estimatedSeats = estimatedSeats();
  readonly #watchCounts = watchCounts();
  #schemas: readonly DeepReadonly<FlowSchema>[] = [];
  #known = new Map<DeepReadonly<FlowSchema>, KnownSchema>();
  #schemasVersion = -1;
  #levelsVersion = -1;

  /** `seats`: how many requests run at once, in all. */
  constructor(options: { objects: () => CachedObjects; clock: Clock; seats: number; requestTimeoutMs: number }) {
    this.#objects = options.objects;
    this.#clock = options.clock;
    this.#seats = { total: options.seats, taken: 0 };
    this.#maxWaitMs = options.requestTimeoutMs / WAITING_PART;
  }

  admit(request: Pick<ApiRequest, 'info' | 'user' | 'signal' | 'query'>): Seat | Promise<Seat> {
    const { info, user } = request;
    this.#refresh();
    const schema = schemaFor(this.#schemas, info, user);
    const known = schema && this.#known.get(schema);
    if (!known) return freeSeat();
    const { level } = known;
    const seats = seatsOf(request, level.mostSeats, this.#sizeOf);
    const final = isHeardOf(info) ? this.#finalWork(known, info) : undefined;
    const flow: Flow = { schema: known.schema.metadata.name, distinguisher: distinguisherOf(known.schema, info, user), headers: known.headers, waiter: request, seats, final };
    known.estimatedSeats.observe(widthOf(flow));
    return level.admit(flow);
  }

  watchOpened(info: RequestInfo): Disposable {
    return this.#watches.opened(info);
  }

  #finalWork({ level, watchCounts }: KnownSchema, info: RequestInfo): FinalWork | undefined {
    const count = this.#watches.interestedIn(info);
    watchCounts.observe(count);
    return finalWork(count, level.mostSeats);
  }

  /** By name. */
  get levels(): ReadonlyMap<string, PriorityLevel> {
    this.#refresh();
    return this.#levels;
  }

  /** How many requests of a level had this outcome. */
  counted(level: string, outcome: Outcome): number {
    let sum = 0;
    for (const [key, { count }] of this.#outcomes) if (key.startsWith(`${level}\0`) && key.endsWith(`\0${outcome}`)) sum += count;
    return sum;
  }

  text(): string {
    return flowControlText(this.#levels, this.#outcomes) + this.#estimatedSeats.text() + this.#watchCounts.text();
  }

  /** Two numbers are compared for each request; the rest happens after a change. */
  #refresh(): void {
    const objects = this.#objects();
    const [schemasVersion, levelsVersion] = [objects.versionOf(refs.flowSchemas), objects.versionOf(refs.priorityLevelConfigurations)];
    if (schemasVersion === this.#schemasVersion && levelsVersion === this.#levelsVersion) return;
    this.#schemasVersion = schemasVersion;
    this.#levelsVersion = levelsVersion;
    const levels = withMissing(objects.list(refs.priorityLevelConfigurations), [...mandatoryPriorityLevels, ...suggestedPriorityLevels] as PriorityLevelConfiguration[], 'catch-all');
    const schemas = withMissing(objects.list(refs.flowSchemas), [...mandatoryFlowSchemas, ...suggestedFlowSchemas] as FlowSchema[], 'catch-all');
    this.#configure(levels, inOrder(schemas));
  }

  #configure(levels: readonly DeepReadonly<PriorityLevelConfiguration>[], schemas: readonly DeepReadonly<FlowSchema>[]): void {
    const limits = seatLimits(levels, this.#seats.total);
    const byName = new Map(levels.map((level) => [level.metadata.name, level]));
    for (const level of levels) this.#levelOf(level.metadata.name).configure(level, limits.get(level.metadata.name) ?? { nominal: 1, most: 1 });
    for (const [name, level] of this.#levels) if (!byName.has(name) && level.running + level.waiting === 0) this.#levels.delete(name);
    // A schema whose level is missing matches nothing.
    this.#schemas = schemas.filter(({ spec }) => byName.has(spec.priorityLevelConfiguration.name));
    this.#known = new Map(this.#schemas.map((schema) => {
      const level = byName.get(schema.spec.priorityLevelConfiguration.name) as DeepReadonly<PriorityLevelConfiguration>;
      const headers: OutgoingHeaders = {};
      if (schema.metadata.uid) headers['x-kubernetes-pf-flowschema-uid'] = schema.metadata.uid;
      if (level.metadata.uid) headers['x-kubernetes-pf-prioritylevel-uid'] = level.metadata.uid;
      const labels = `flow_schema="${schema.metadata.name}",priority_level="${level.metadata.name}"`;
      return [schema, { schema, level: this.#levelOf(level.metadata.name), headers, estimatedSeats: this.#estimatedSeats.with(labels), watchCounts: this.#watchCounts.with(labels) }];
    }));
  }

  #levelOf(name: string): PriorityLevel {
    const known = this.#levels.get(name);
    if (known) return known;
    const dispatched = new Map<string, Tally>();
    const count = (schema: string, outcome: Outcome): void => {
      let tally = outcome === 'dispatched' ? dispatched.get(schema) : undefined;
      if (!tally) {
        tally = this.#tallyOf(`${name}\0${schema}\0${outcome}`);
        if (outcome === 'dispatched') dispatched.set(schema, tally);
      }
      tally.count++;
    };
    const level = new PriorityLevel({ clock: this.#clock, seats: this.#seats, maxWaitMs: this.#maxWaitMs, count });
    this.#levels.set(name, level);
    return level;
  }

  #tallyOf(key: string): Tally {
    let tally = this.#outcomes.get(key);
    if (!tally) this.#outcomes.set(key, (tally = { count: 0 }));
    return tally;
  }
}

/** Before the objects of every cluster are written, what they will say; afterwards what is stored. */
function withMissing<T extends { metadata: { name: string } }>(stored: readonly T[], ofEveryCluster: readonly T[], last: string): readonly T[] {
  return stored.some(({ metadata }) => metadata.name === last) ? stored : [...stored, ...ofEveryCluster.filter(({ metadata }) => !stored.some((one) => one.metadata.name === metadata.name))];
}
