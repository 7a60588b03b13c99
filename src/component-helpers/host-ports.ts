import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Pod } from '../api/generated/core-v1.ts';

export interface HostPort {
  /** `0.0.0.0` stands for every address. */
  readonly ip: string;
  readonly port: number;
  readonly protocol: string;
}

const EVERY_ADDRESS = '0.0.0.0';

/** The host ports that the pod's containers and sidecars (restartable init containers) ask for. */
export function hostPortsOf(pod: DeepReadonly<Pod>): HostPort[] {
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  const found: HostPort[] = [];
  for (const container of [...pod.spec.containers, ...sidecars]) {
    for (const port of container.ports ?? []) {
      if (port.hostPort) found.push({ ip: port.hostIP || EVERY_ADDRESS, port: port.hostPort, protocol: port.protocol || 'TCP' });
    }
  }
  return found;
}

/** Two host ports conflict when protocol and port are the same and the addresses are, or one of them is every address. */
export function hostPortsConflict(one: HostPort, other: HostPort): boolean {
  if (one.port !== other.port || one.protocol !== other.protocol) return false;
  return one.ip === other.ip || one.ip === EVERY_ADDRESS || other.ip === EVERY_ADDRESS;
}
