import { CommandError } from './errors.ts';
import { type KubeJson, listAt, numberAt, textAt } from './kube-json.ts';

/** `80`, `8080:80`, `:http`. `remoteOf` gives the port of the pod that a port or a name means. */
export function parsePorts(text: string, remoteOf: (port: string) => number): { local: number; remote: number } {
  const [first = '', second = first] = text.split(':');
  const remote = remoteOf(second);
  const local = text.includes(':') ? first || '0' : /^\d+$/.test(first) ? first : String(remote);
  if (!/^\d+$/.test(local) || !(remote >= 1)) throw new CommandError(`error parsing ports: invalid port ${text}`);
  return { local: Number(local), remote };
}

/** Source: kubectl pkg/cmd/portforward, translateServicePortToTargetPort. */
export function targetPortOf(service: KubeJson, pod: KubeJson, port: string): number {
  const found = listAt(service, 'spec', 'ports').find((one) => textAt(one, 'port') === port || textAt(one, 'name') === port);
  if (!found) throw new CommandError(/^\d+$/.test(port) ? `Service ${service.metadata.name} does not have a service port ${port}` : `Service '${service.metadata.name}' does not have a named port '${port}'`);
  if (textAt(service, 'spec', 'clusterIP') === 'None') return numberAt(found, 'port');
  const target = textAt(found, 'targetPort');
  return target === '' || target === '0' ? numberAt(found, 'port') : containerPortOf(pod, target);
}

/** A number, or the number of the port that a container calls so. */
export function containerPortOf(pod: KubeJson, port: string): number {
  if (/^\d+$/.test(port)) return Number(port);
  const found = listAt(pod, 'spec', 'containers').flatMap((one) => listAt(one, 'ports')).find((one) => textAt(one, 'name') === port);
  if (!found) throw new CommandError(`Pod '${pod.metadata.name}' does not have a named port '${port}'`);
  return numberAt(found, 'containerPort');
}
