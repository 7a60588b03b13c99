/** The node agent: registers its node, runs the pods that are bound to it through a container runtime, and reports on both. */
export { Kubelet } from './kubelet.ts';
export type { DiskOptions, KubeletOptions, SharedCaches, ShutdownOptions } from './options.ts';
export { ReferencedObjects } from './volumes/referenced-objects.ts';
export type { KubeletServerOptions } from './server/options.ts';
export { SimulatedMachine } from './node/simulated-machine.ts';
export { LinuxMachine, type Machine, type MachineInfo, type MachineUsage } from './node/machine.ts';
export { DEFAULT_THRESHOLDS, type EvictionSignal, type EvictionThresholds } from './eviction/thresholds.ts';
export { parseGracePeriods, parseThresholds } from './eviction/threshold-texts.ts';
export { ordinaryAndCritical, type ShutdownGracePeriod } from './shutdown/grace-periods.ts';
export { namespaceOfSysctl } from './admission/sysctls.ts';
