import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { ConfigMap, Container, EnvVar, Pod, Secret, Service } from '../../api/generated/core-v1.ts';
import { ContainerConfigError } from './config-error.ts';
import { envFileValue } from './env-file.ts';
import { expandVariables } from './expansion.ts';
import { podFieldValue, resourceFieldValue, type NodeFields } from './field-values.ts';
import { serviceEnvironment, visibleServices } from './service-environment.ts';

export interface EnvironmentSources {
  readonly node: NodeFields;
  readonly services: readonly DeepReadonly<Service>[];
  /** By name, of the pod's namespace; undefined when there is none. */
  configMap(name: string): Promise<DeepReadonly<ConfigMap> | undefined>;
  secret(name: string): Promise<DeepReadonly<Secret> | undefined>;
  /** Where a volume of the pod lies on the node; undefined for what is no volume of files. */
  volumeFolder(name: string): string | undefined;
}

/**
 * The variables of a container. Later ones see earlier ones; services are seen by all, and lose against what the pod says itself.
 * Throws `ContainerConfigError` when something is asked for that does not exist.
 */
export async function containerEnvironment(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>, sources: EnvironmentSources): Promise<Map<string, string>> {
  const fromServices = serviceEnvironment(visibleServices(pod.metadata.namespace ?? '', sources.services, pod.spec.enableServiceLinks ?? true));
  const result = await environmentFrom(container, sources);
  const known = new Map(result);
  for (const variable of container.env ?? []) {
    const value = await valueOf(variable, pod, container, sources, (name) => known.get(name) ?? fromServices.get(name));
    if (value === undefined) continue;
    known.set(variable.name, value);
    result.set(variable.name, value);
  }
  for (const [name, value] of fromServices) if (!result.has(name)) result.set(name, value);
  return result;
}

async function environmentFrom(container: DeepReadonly<Container>, sources: EnvironmentSources): Promise<Map<string, string>> {
  const result = new Map<string, string>();
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    if (configMapRef) {
      const found = await sources.configMap(configMapRef.name ?? '');
      if (!found && !configMapRef.optional) throw missing('configmap', configMapRef.name);
      for (const [key, value] of Object.entries(found?.data ?? {})) result.set(prefix + key, value);
    } else if (secretRef) {
      const found = await sources.secret(secretRef.name ?? '');
      if (!found && !secretRef.optional) throw missing('secret', secretRef.name);
      for (const [key, value] of Object.entries(found?.data ?? {})) result.set(prefix + key, fromBase64(value));
    }
  }
  return result;
}

function missing(kind: string, name = ''): ContainerConfigError {
  return new ContainerConfigError(`${kind} ${JSON.stringify(name)} not found`);
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

async function valueOf(
  variable: DeepReadonly<EnvVar>,
  pod: DeepReadonly<Pod>,
  container: DeepReadonly<Container>,
  sources: EnvironmentSources,
  known: (name: string) => string | undefined,
): Promise<string | undefined> {
  const from = variable.valueFrom;
  if (!from) return expandVariables(variable.value ?? '', known);
  if (from.fieldRef) return podFieldValue(pod, from.fieldRef.fieldPath, sources.node);
  if (from.resourceFieldRef) {
    const { containerName } = from.resourceFieldRef;
    const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
    const subject = containerName ? all.find(({ name }) => name === containerName) : container;
    if (!subject) throw new ContainerConfigError(`container ${containerName} not found`);
    return resourceFieldValue(pod, subject, from.resourceFieldRef, sources.node);
  }
  const namespace = pod.metadata.namespace ?? '';
  if (from.configMapKeyRef) {
    const { name = '', key, optional } = from.configMapKeyRef;
    const found = await sources.configMap(name);
    if (found?.data && Object.hasOwn(found.data, key)) return found.data[key];
    if (optional) return undefined;
    throw found ? new ContainerConfigError(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`) : missing('configmap', name);
  }
  if (from.secretKeyRef) {
    const { name = '', key, optional } = from.secretKeyRef;
    const found = await sources.secret(name);
    if (found?.data && Object.hasOwn(found.data, key)) return fromBase64(found.data[key] ?? '');
    if (optional) return undefined;
    throw found ? new ContainerConfigError(`couldn't find key ${key} in Secret ${namespace}/${name}`) : missing('secret', name);
  }
  if (from.fileKeyRef) {
    const { volumeName, path, key, optional = false } = from.fileKeyRef;
    const folder = sources.volumeFolder(volumeName);
    if (folder === undefined) throw new ContainerConfigError(`cannot find the volume ${JSON.stringify(volumeName)} referenced by FileKeyRef`);
    return envFileValue(folder, { path, key, optional });
  }
  return undefined;
}
