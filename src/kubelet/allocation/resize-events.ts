import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, Pod, ResourceRequirements } from '../../api/generated/core-v1.ts';

/** What of a pod's resize an event tells: the resources of all containers, of which generation, and what stands in its way. Source: pkg/kubelet/events, PodResize…Msg. */
export function resizeMessage(what: string, { metadata, spec }: DeepReadonly<Pod>, error?: string): string {
  const summary = {
    ...(spec.initContainers?.length && { initContainers: spec.initContainers.map(resourcesOf) }),
    containers: spec.containers.map(resourcesOf),
    generation: metadata.generation ?? 0,
    ...(error !== undefined && { error }),
  };
  return `Pod resize ${what}: ${JSON.stringify(summary)}`;
}

function resourcesOf({ name, resources }: DeepReadonly<Container>): { name: string; resources: ResourceRequirements } {
  const { limits, requests, claims } = resources ?? {};
  return { name, resources: { ...(limits && { limits: sorted(limits) }), ...(requests && { requests: sorted(requests) }), ...(claims?.length && { claims: claims.map((claim) => ({ ...claim })) }) } };
}

function sorted(list: DeepReadonly<Record<string, string | number>>): Record<string, string | number> {
  return Object.fromEntries(Object.entries(list).sort(([a], [b]) => (a < b ? -1 : 1)));
}
