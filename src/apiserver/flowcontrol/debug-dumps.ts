import type { Clock } from '../../base/clock.ts';
import { formatGoDuration } from '../../apimachinery/go-duration.ts';
import type { Answer } from '../answer.ts';
import type { PathHandler } from '../handlers/dispatcher.ts';
import type { ApiRequest } from '../request.ts';
import { EXPECTED_MS } from './fair-queues.ts';
import type { FlowControl } from './flow-control.ts';
import { widthOf, type Flow, type PriorityLevel } from './priority-level.ts';

const PREFIX = '/debug/api_priority_and_fairness/';
const MIN_WIDTH = 8;
const NEVER = '0001-01-01T00:00:00Z';
const DETAILS = ['UserName', 'Verb', 'APIPath', 'Namespace', 'Name', 'APIVersion', 'Resource', 'SubResource'];

type Row = readonly (string | number | boolean)[];

/** Columns as wide as their widest cell, each with a comma behind it. */
function table(rows: readonly Row[]): string {
  const texts = rows.map((row) => row.map((cell, i) => (i === row.length - 1 ? String(cell) : `${cell},`)));
  const widths = (texts[0] ?? []).map((_, i) => Math.max(MIN_WIDTH, ...texts.map((row) => (row[i]?.length ?? 0) + 1)));
  return texts.map((row) => `${row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('')}\n`).join('');
}

const seatSeconds = (value: number): string => `${value.toFixed(8)}ss`;

/** What priority and fairness is at, as text. Source: "API Priority and Fairness", Debug endpoints; apiserver pkg/util/flowcontrol/apf_controller_debug.go. */
export class FlowControlDumps implements PathHandler {
  readonly takesResources = false;
  readonly #flowControl: FlowControl;
  readonly #clock: Clock;

  constructor(flowControl: FlowControl, clock: Clock) {
    this.#flowControl = flowControl;
    this.#clock = clock;
  }

  handle(request: ApiRequest): Answer | undefined {
    const { path } = request.info;
    if (!path.startsWith(PREFIX)) return undefined;
    const text = this.#dump(path.slice(PREFIX.length), request.query.get('includeRequestDetails') === '1');
    return text === undefined ? undefined : { status: 200, type: 'bytes', contentType: 'text/plain; charset=utf-8', bytes: Buffer.from(text) };
  }

  #dump(name: string, withDetails: boolean): string | undefined {
    switch (name) {
      case 'dump_priority_levels': return this.#levels();
      case 'dump_queues': return this.#queues();
      case 'dump_requests': return this.#requests(withDetails);
      default: return undefined;
    }
  }

  get #sorted(): readonly (readonly [string, PriorityLevel])[] {
    return [...this.#flowControl.levels].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #levels(): string {
    const header = ['PriorityLevelName', 'ActiveQueues', 'IsIdle', 'IsQuiescing', 'WaitingRequests', 'ExecutingRequests', 'DispatchedRequests', 'RejectedRequests', 'TimedoutRequests', 'CancelledRequests'];
    const counted = (level: string, ...outcomes: Parameters<FlowControl['counted']>[1][]): number => outcomes.reduce((sum, one) => sum + this.#flowControl.counted(level, one), 0);
    return table([header, ...this.#sorted.map(([name, level]): Row => [
      name, level.queues?.filter(({ waiting }) => waiting.length > 0).length ?? 0, level.waiting + level.running === 0, false, level.waiting, level.running,
      counted(name, 'dispatched'), counted(name, 'queue-full', 'concurrency-limit'), counted(name, 'time-out'), counted(name, 'cancelled'),
    ])]);
  }

  #queues(): string {
    const header = ['PriorityLevelName', 'Index', 'PendingRequests', 'ExecutingRequests', 'SeatsInUse', 'NextDispatchR', 'InitialSeatsSum', 'MaxSeatsSum', 'TotalWorkSum'];
    const rows = this.#sorted.flatMap(([name, level]) => (level.queues ?? []).map(({ waiting, executing, seats, nextDispatch }, index): Row => {
      const sum = waiting.reduce((total, { flow }) => total + flow.seats, 0);
      const most = waiting.reduce((total, { flow }) => total + widthOf(flow), 0);
      return [name, index, waiting.length, executing, seats, seatSeconds(nextDispatch), sum, most, seatSeconds((sum * EXPECTED_MS) / 1000)];
    }));
    return table([header, ...rows]);
  }

  #requests(withDetails: boolean): string {
    const header = ['PriorityLevelName', 'FlowSchemaName', 'QueueIndex', 'RequestIndexInQueue', 'FlowDistingsher', 'ArriveTime', 'InitialSeats', 'FinalSeats', 'AdditionalLatency', 'StartTime', ...(withDetails ? DETAILS : [])];
    const row = (level: string, flow: Flow, place: { queue: number; index: number; arrived: string; started: string }): Row => [
      level, flow.schema, place.queue, place.index, flow.distinguisher, place.arrived, flow.seats, flow.final?.seats ?? 0, flow.final ? formatGoDuration(flow.final.ms) : '0s', place.started, ...(withDetails ? detailsOf(flow) : []),
    ];
    const rows = this.#sorted.flatMap(([name, level]) => [
      ...[...level.executing].map(({ flow, queue, arrivedMs, startedMs }) => row(name, flow, { queue, index: -1, arrived: this.#time(arrivedMs), started: this.#time(startedMs) })),
      ...(level.queues ?? []).flatMap(({ waiting }, queue) => waiting.map(({ flow, arrivedMs }, index) => row(name, flow, { queue, index, arrived: this.#time(arrivedMs), started: NEVER }))),
    ]);
    return table([header, ...rows]);
  }

  /** Of a time of the monotonic clock. */
  #time(ms: number): string {
    return new Date(this.#clock.now() - (this.#clock.monotonic() - ms)).toISOString();
  }
}

function detailsOf({ waiter: { user, info } }: Flow): Row {
  const version = info.isResourceRequest ? (info.group === '' ? info.version : `${info.group}/${info.version}`) : '';
  return [user.name, info.verb, info.path, info.namespace, info.name, version, info.resource, info.subresource];
}
