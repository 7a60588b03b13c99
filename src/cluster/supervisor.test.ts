import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Component } from '../base/lifecycle.ts';
import { silentLogger } from '../base/logger.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { Supervisor } from './supervisor.ts';

class Probe implements Component {
  readonly #end = Promise.withResolvers<void>();
  readonly #log: string[];
  readonly done: Promise<void> = this.#end.promise;

  constructor(log: string[]) {
    this.#log = log;
  }

  async start(): Promise<void> {
    this.#log.push('start');
  }

  break(): void {
    this.#end.reject(new Error('broken'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#log.push('stop');
    this.#end.resolve();
  }
}

test('a component that breaks is disposed and made anew, later each time', async () => {
  const clock = new VirtualClock();
  const log: string[] = [];
  const made: Probe[] = [];
  const supervisor = new Supervisor({ clock, logger: silentLogger });
  const create = (): Probe => {
    const probe = new Probe(log);
    made.push(probe);
    return probe;
  };
  await supervisor.add('probe', create, new AbortController().signal);
  made[0]?.break();
  await clock.advance(99);
  assert.deepEqual(log, ['start', 'stop']);
  await clock.advance(1);
  assert.deepEqual(log, ['start', 'stop', 'start']);
  made[1]?.break();
  await clock.advance(199);
  assert.equal(made.length, 2);
  await clock.advance(1);
  assert.equal(made.length, 3);
  await supervisor[Symbol.asyncDispose]();
  assert.equal(log.at(-1), 'stop');
});

test('a component that could not be made, or that stops with an error, is tried again all the same', async () => {
  const clock = new VirtualClock();
  const log: string[] = [];
  const made: Probe[] = [];
  class Stubborn extends Probe {
    override async [Symbol.asyncDispose](): Promise<void> {
      await super[Symbol.asyncDispose]();
      if (made.length < 3) throw new Error('not stopped');
    }
  }
  await using supervisor = new Supervisor({ clock, logger: silentLogger });
  let times = 0;
  await supervisor.add('probe', () => {
    if (++times === 2) throw new Error('a file is missing');
    const probe = new Stubborn(log);
    made.push(probe);
    return probe;
  }, new AbortController().signal);
  made[0]?.break();
  assert(await clock.advanceUntil(() => made.length === 2, 60_000));
  made[1]?.break();
  assert(await clock.advanceUntil(() => made.length === 3, 60_000));
});

test('a component that cannot start at all is disposed, and the caller is told', async () => {
  const log: string[] = [];
  const supervisor = new Supervisor({ clock: new VirtualClock(), logger: silentLogger });
  class Failing extends Probe {
    override start(): Promise<void> {
      return Promise.reject(new Error('no port'));
    }
  }
  await assert.rejects(supervisor.add('failing', () => new Failing(log), new AbortController().signal), /no port/);
  assert.deepEqual(log, ['stop']);
  await supervisor[Symbol.asyncDispose]();
});

test('a component that is stopped while it starts is disposed once it has started, before the stopping ends', async () => {
  const log: string[] = [];
  const supervisor = new Supervisor({ clock: new VirtualClock(), logger: silentLogger });
  const bound = Promise.withResolvers<void>();
  class Slow extends Probe {
    override async start(): Promise<void> {
      await bound.promise;
      await super.start();
    }
  }
  const added = assert.rejects(supervisor.add('probe', () => new Slow(log), new AbortController().signal));
  const stopped = supervisor[Symbol.asyncDispose]();
  bound.resolve();
  await Promise.all([added, stopped]);
  assert.deepEqual(log, ['start', 'stop']);
  assert.equal(supervisor.running.size, 0);
});
