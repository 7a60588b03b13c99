import type { DeepReadonly, Draft } from '../../../src/apimachinery/meta.ts';
import type { Container, Pod, PodSpec } from '../../../src/api/generated/core-v1.ts';
import { pods } from '../../../src/api/refs.ts';
import { patient } from '../../support/patience.ts';
import { BUSYBOX } from '../support/private-containerd.ts';
import type { NodeUnderTest } from './node-under-test.ts';

const NEVER = new AbortController().signal;

/** A pod whose container says something in its last words. */
export interface PodCase {
  readonly name: string;
  readonly script: string;
  readonly container?: Partial<Container>;
  readonly spec?: Partial<PodSpec>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Without the last line's end. */
  readonly expected: string | RegExp;
}

export const sh = (script: string): Pick<Container, 'command'> => ({ command: ['sh', '-c', script] });
export const hasEnded = ({ status }: DeepReadonly<Pod>): boolean => status.phase === 'Succeeded' || status.phase === 'Failed';
export const lastWords = (of: DeepReadonly<Pod>): string => of.status.containerStatuses?.[0]?.state.terminated?.message ?? '';

/** A pod of one container, of busybox, that is not started again. */
export function onePod(name: string, container: Partial<Container>, spec: Partial<PodSpec> = {}): Draft<Pod> {
  return {
    metadata: { name, namespace: 'default' },
    spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 1, automountServiceAccountToken: false, containers: [{ name: 'main', image: BUSYBOX, resources: {}, ...container }], ...spec },
    status: {},
  };
}

export function podOfCase(name: string, { script, container, spec, labels, annotations }: PodCase): Draft<Pod> {
  const pod = onePod(name, { ...sh(`{ ${script}; } > /dev/termination-log 2>&1`), ...container }, spec);
  return { ...pod, metadata: { ...pod.metadata, ...(labels && { labels }), ...(annotations && { annotations }) } };
}

/** What a script in a container of the pod says. */
export async function execIn(node: NodeUnderTest, pod: string, container: string, script: string): Promise<string> {
  const { items } = await node.client.resource(pods, 'default').list({ fieldSelector: `metadata.name=${pod}`, signal: NEVER });
  const id = items[0]?.status.containerStatuses?.find((one) => one.name === container)?.containerID?.replace('containerd://', '') ?? '';
  const { stdout } = await node.containerd.runtime.execSync(id, ['sh', '-c', script], patient(120), NEVER);
  return Buffer.from(stdout).toString('utf8');
}
