import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { CONFIG_MIRROR, CONFIG_SOURCE } from '../containers/labels.ts';

/** One from a file on this node. */
export function isStaticPod(pod: DeepReadonly<Pod>): boolean {
  const source = pod.metadata.annotations?.[CONFIG_SOURCE];
  return source !== undefined && source !== 'api' && pod.metadata.annotations?.[CONFIG_MIRROR] === undefined;
}
