import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { EventRecorder } from '../../client/index.ts';
import type { KubeletMetrics } from '../metrics/kubelet-metrics.ts';
import { podReference } from '../pods/pod-reference.ts';

/** Tells of hooks that were sent without TLS though their pod asked for it. */
export function tellOfHttpFallback({ events, metrics }: { readonly events: EventRecorder; readonly metrics: KubeletMetrics }, pod: DeepReadonly<Pod>): (host: string) => void {
  return (host) => {
    metrics.httpFallbacks.add('');
    events.warning(podReference(pod), 'LifecycleHTTPFallback', `request to HTTPS lifecycle hook ${host} got HTTP response, retry with HTTP succeeded`);
  };
}
