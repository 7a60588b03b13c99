import type { CommandContext } from './command.ts';
import { CommandError } from './errors.ts';
import { at, listAt, mapAt, textAt, type KubeJson } from './kube-json.ts';
import { labelSelectorOf } from '../apimachinery/selectors/label-selector.ts';
import { type Info, targetsOf, fetchTarget } from './resources/select.ts';

/** The pods that `pod`, `deploy/web` or another owner names: itself, or those that its selector finds, running ones first. */
export async function podsOf(context: CommandContext, args: readonly string[]): Promise<Info[]> {
  const { connection } = context;
  const mapper = await connection.mapper();
  const words = args.length === 1 && !args[0]?.includes('/') ? ['pods', ...args] : args;
  const [target] = await connection.lookUp((known) => targetsOf(known, words, connection.namespace));
  if (!target) throw new CommandError('expected a pod');
  const [info] = await fetchTarget(context, target);
  if (!info) throw new CommandError('no resources found');
  if (info.resource.resource === 'pods') return [info];
  const selector = selectorText(info.object);
  const pods = mapper.resource('pods');
  const found = await connection.list(pods, info.namespace, { labelSelector: selector });
  if (found.length === 0) throw new CommandError(`timed out waiting for the condition`);
  return found.sort(byUsefulness).map((object) => ({ resource: pods, namespace: object.metadata.namespace, name: object.metadata.name ?? '', object, source: '' }));
}

export function selectorText(object: KubeJson): string {
  const selector = at(object, 'spec', 'selector');
  if (typeof selector !== 'object' || selector === null) {
    const type = `*${(object.apiVersion ?? '').split('/').at(-1)}.${object.kind}`;
    throw new CommandError(`cannot attach to ${type}: selector for ${type} not implemented`);
  }
  const isPlain = object.kind === 'Service' || object.kind === 'ReplicationController';
  return isPlain ? Object.entries(mapAt(selector)).map(([key, value]) => `${key}=${value}`).join(',') : labelSelectorOf(selector).toString();
}

function byUsefulness(a: KubeJson, b: KubeJson): number {
  const rank = (pod: KubeJson): number => {
    const isReady = listAt(pod, 'status', 'conditions').some((one) => one['type'] === 'Ready' && one['status'] === 'True');
    return (textAt(pod, 'spec', 'nodeName') ? 0 : 4) + (textAt(pod, 'status', 'phase') === 'Running' ? 0 : 2) + (isReady ? 0 : 1);
  };
  return rank(a) - rank(b);
}

/** The container of `-c`, the default of the annotation, or the first, which is told when there are more. */
export function containerOf(context: CommandContext, pod: KubeJson, given: string): string {
  const containers = listAt(pod, 'spec', 'containers').map((one) => textAt(one, 'name'));
  const all = [...containers, ...listAt(pod, 'spec', 'initContainers').map((one) => textAt(one, 'name')), ...listAt(pod, 'spec', 'ephemeralContainers').map((one) => textAt(one, 'name'))];
  if (given !== '') {
    if (!all.includes(given)) throw new CommandError(`container ${given} not found in pod ${pod.metadata.name}`);
    return given;
  }
  const preferred = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  if (preferred && all.includes(preferred)) return preferred;
  if (all.length > 1) context.err(`Defaulted container ${JSON.stringify(containers[0])} out of: ${all.map((name) => (containers.includes(name) ? name : `${name} (${listAt(pod, 'spec', 'initContainers').some((one) => one['name'] === name) ? 'init' : 'ephem'})`)).join(', ')}\n`);
  return containers[0] ?? '';
}
