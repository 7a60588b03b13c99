export interface Alarm {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly order: number;
  readonly ring: () => void;
  isOff: boolean;
}

/** How many alarms that were turned off may wait in the queue before it is made anew without them. */
const MANY_OFF = 1024;

/** Alarms by their time, those of one time in the order of their setting (a binary heap). */
export class AlarmQueue {
  #heap: Alarm[] = [];
  #off = 0;

  /** How many alarms are set. */
  get size(): number {
    return this.#heap.length - this.#off;
  }

  add(alarm: Alarm): void {
    this.#heap.push(alarm);
    this.#rise(this.#heap.length - 1);
  }

  turnOff(alarm: Alarm): void {
    if (alarm.isOff) return;
    alarm.isOff = true;
    this.#off++;
    if (this.#off > MANY_OFF && this.#off > this.#heap.length / 2) this.#sweep();
  }

  /** The alarm that rings next; it stays. */
  first(): Alarm | undefined {
    while (this.#heap[0]?.isOff === true) {
      this.#off--;
      this.#pop();
    }
    return this.#heap[0];
  }

  /** The alarm that rings next; it is off from here on. */
  take(): Alarm | undefined {
    const first = this.first();
    if (!first) return undefined;
    this.#pop();
    first.isOff = true;
    return first;
  }

  #sweep(): void {
    this.#heap = this.#heap.filter((alarm) => !alarm.isOff).sort((one, other) => (isSooner(one, other) ? -1 : 1));
    this.#off = 0;
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (!last || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink();
  }

  #rise(from: number): void {
    const heap = this.#heap;
    for (let index = from; index > 0; ) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfSooner(index, parent, heap)) return;
      index = parent;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    for (let index = 0; ; ) {
      const left = 2 * index + 1;
      const [leftAlarm, rightAlarm] = [heap[left], heap[left + 1]];
      if (!leftAlarm) return;
      const child = rightAlarm && isSooner(rightAlarm, leftAlarm) ? left + 1 : left;
      if (!this.#swapIfSooner(child, index, heap)) return;
      index = child;
    }
  }

  #swapIfSooner(lower: number, upper: number, heap: Alarm[]): boolean {
    const [low, high] = [heap[lower], heap[upper]];
    if (!low || !high || !isSooner(low, high)) return false;
    heap[upper] = low;
    heap[lower] = high;
    return true;
  }
}

function isSooner(one: Alarm, other: Alarm): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
