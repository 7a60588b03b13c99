/**
 * Loaded by the runner into every test file's process (`--import`): once the file's tests have ended, nothing that they started may be left.
 * Timers, sockets, servers, watchers and child processes are seen by `async_hooks`, unsettled work by the channel of `TaskGroup`, processes
 * that were handed on (daemons, shims of containers) by a mark in their environment. Whatever is left fails the file and is printed with the
 * lines that made it.
 */
import { createHook } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';
import { after } from 'node:test';
import { isMainThread } from 'node:worker_threads';
import { TASK_CHANNEL, type StartedTask } from '../../src/base/lifecycle.ts';
import { LeakLedger } from './leak-ledger.ts';
import { MARK, markedProcesses } from './marked-processes.ts';

/** How long what was closed may take to be gone, in milliseconds. */
const GRACE_MS = Number(process.env.KUBETS_LEAK_GRACE_MS ?? 30_000);
const LOOK_MS = 50;

/** Inherited by everything that the file starts; a child that inherits our flags as well is looked after by its parent. */
if (isMainThread && process.env.NODE_TEST_CONTEXT && !process.env[MARK]) watch();

function watch(): void {
  const mark = `${process.pid}-${process.hrtime.bigint()}`;
  process.env[MARK] = mark;
  const ledger = new LeakLedger();
  createHook({ init: (id, type) => ledger.opened(id, type), destroy: (id) => ledger.closed(id), trackPromises: false }).enable();
  subscribe(TASK_CHANNEL, (message) => ledger.started(message as StartedTask));

  const leftovers = (): string[] => [...ledger.open(), ...markedProcesses(mark)];
  const report = (left: readonly string[]): void => void writeSync(2, `\nThe tests of this file have ended and left behind (close it where it was made):\n${left.join('\n')}\n`);

  // What keeps the process alive would let it run for ever: this looks for a while and then ends it.
  after(() => {
    let looks = 0;
    const look = (): void => {
      const left = leftovers();
      if (left.length === 0) return;
      if (looks++ * LOOK_MS < GRACE_MS) return void setTimeout(look, LOOK_MS);
      report(left);
      process.exit(1);
    };
    setImmediate(look);
  });
}
