import type { VirtualCluster } from '../../../src/index.ts';

export const DEFAULT = '/api/v1/namespaces/default';
export const APPS = '/apis/apps/v1/namespaces/default';
export const BATCH = '/apis/batch/v1/namespaces/default';

/** What tests look at of an object. */
export interface Seen {
  readonly metadata: { readonly name: string; readonly uid: string; readonly creationTimestamp: string; readonly deletionTimestamp?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: { readonly nodeName?: string; readonly unschedulable?: boolean; readonly taints?: readonly { readonly key: string; readonly effect: string }[]; readonly replicas?: number; readonly containers?: readonly { readonly image: string }[] };
  readonly status: {
    readonly phase?: string;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
    readonly containerStatuses?: readonly { readonly restartCount: number }[];
  };
}

export function deployment(name: string, replicas: number, pod: { image?: string; tolerations?: readonly object[] } = {}): object {
  const { image = 'example/web:1', ...spec } = pod;
  const labels = { app: name };
  return { metadata: { name }, spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'main', image }], ...spec } } } };
}

export async function list(cluster: VirtualCluster, path: string): Promise<Seen[]> {
  return (await cluster.request<{ items: Seen[] }>('GET', path)).items;
}

export function condition({ status }: Seen, type: string): string | undefined {
  return status.conditions?.find((one) => one.type === type)?.status;
}

export const isReady = (object: Seen): boolean => condition(object, 'Ready') === 'True';
