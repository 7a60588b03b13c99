import type * as Controllers from '../controllers/index.ts';
import type * as Scheduler from '../scheduler/index.ts';

/** What a server loads only once it is ready: a start without it, or till then, needs none of it. */
let controllers: Promise<typeof Controllers> | undefined;
let scheduler: Promise<typeof Scheduler> | undefined;

export function loadControllers(): Promise<typeof Controllers> {
  return (controllers ??= import('../controllers/index.ts'));
}

export function loadScheduler(): Promise<typeof Scheduler> {
  return (scheduler ??= import('../scheduler/index.ts'));
}

/** For simulations: under virtual time nothing may wait for a file. */
export async function loadLateModules(): Promise<void> {
  await Promise.all([loadControllers(), loadScheduler()]);
}
