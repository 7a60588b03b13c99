/** Finds a node for each pod: a queue of pods, a cycle of plugins over the cluster's state in memory, preemption, bindings. */
export { defaultPlugins } from './plugins/index.ts';
export { Scheduler } from './scheduler.ts';
export type { SchedulerOptions } from './options.ts';
