import type { Plugin } from '../framework.ts';

/** Pods wait until every gate is taken away. Source: "Pod Scheduling Readiness" (KEP-3521). */
export const schedulingGates: Plugin = {
  name: 'SchedulingGates',
  weight: 0,
  wakesOn: ['pod-gates'],
  begin(pod) {
    const gates = pod.spec.schedulingGates ?? [];
    if (gates.length === 0) return undefined;
    return { refusal: `waiting for scheduling gates: [${gates.map((gate) => gate.name).join(' ')}]` };
  },
};
