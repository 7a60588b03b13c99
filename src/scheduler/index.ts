/** Finds a node for each pod: a queue of pods, a cycle of plugins over the cluster's state in memory, preemption, bindings. */
export { ConfigurationError } from './configuration/checked-object.ts';
export { defaultConfiguration, readSchedulerConfiguration } from './configuration/scheduler-configuration.ts';
export { Scheduler } from './scheduler.ts';
export type { SchedulerOptions } from './options.ts';
export type { SchedulerConfiguration } from './profile.ts';
