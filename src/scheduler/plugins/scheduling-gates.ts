import type { Plugin } from '../framework.ts';

/** Pods wait until every gate is taken away. Source: "Pod Scheduling Readiness" (KEP-3521). */
export const schedulingGates: Plugin = {
  name: 'SchedulingGates',
  weight: 0,
  wakesOn: [],
  holdsBack: ({ spec }) => (spec.schedulingGates?.length ?? 0) > 0,
  begin: () => undefined,
};
