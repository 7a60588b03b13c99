import { isObject, type JsonObject } from '../../apimachinery/patch/json.ts';
import { at, type KubeJson, listAt, textAt } from '../kube-json.ts';

/** Kinds without a namespace, of those that Kubernetes brings. */
const CLUSTER_KINDS = ['Namespace', 'Node', 'PersistentVolume', 'ClusterRole', 'ClusterRoleBinding', 'CustomResourceDefinition', 'StorageClass', 'IngressClass', 'PriorityClass', 'RuntimeClass', 'CSIDriver', 'CSINode', 'APIService', 'MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding', 'VolumeAttachment', 'CertificateSigningRequest', 'DeviceClass'];

export function setNamespace(objects: readonly KubeJson[], namespace: string): void {
  if (namespace === '') return;
  for (const object of objects) {
    if (object.kind === 'Namespace') object.metadata.name = namespace;
    else if (!CLUSTER_KINDS.includes(object.kind ?? '')) object.metadata.namespace = namespace;
    for (const subject of listAt(object, 'subjects')) if (subject['kind'] === 'ServiceAccount' && (subject['name'] === 'default' || objects.some((one) => one.kind === 'ServiceAccount' && one.metadata.name === subject['name']))) subject['namespace'] = namespace;
  }
}

const templateOf = (object: KubeJson): unknown => at(object, 'spec', 'template') ?? at(object, 'spec', 'jobTemplate', 'spec', 'template');

export function setLabels(objects: readonly KubeJson[], labels: Readonly<Record<string, string>>, where: { readonly selectors: boolean; readonly templates: boolean }): void {
  if (Object.keys(labels).length === 0) return;
  const add = (holder: unknown, field: string): void => {
    if (isObject(holder)) holder[field] = { ...(holder[field] as object | undefined), ...labels };
  };
  for (const object of objects) {
    add(object.metadata, 'labels');
    const template = templateOf(object);
    if (isObject(template) && (where.templates || where.selectors)) {
      template['metadata'] ??= {};
      add(template['metadata'], 'labels');
    }
    if (!where.selectors) continue;
    const spec = object['spec'];
    if (object.kind === 'Service' || object.kind === 'ReplicationController') {
      if (isObject(spec) && isObject(spec['selector'])) add(spec, 'selector');
    } else if (['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet'].includes(object.kind ?? '') && isObject(spec)) {
      spec['selector'] ??= {};
      add(spec['selector'], 'matchLabels');
    } else if (['Job', 'PodDisruptionBudget'].includes(object.kind ?? '') && isObject(at(spec, 'selector'))) add(at(spec, 'selector'), 'matchLabels');
  }
}

export function setAnnotations(objects: readonly KubeJson[], annotations: Readonly<Record<string, string>>): void {
  if (Object.keys(annotations).length === 0) return;
  for (const object of objects) {
    object.metadata.annotations = { ...object.metadata.annotations, ...annotations };
    const template = templateOf(object);
    if (!isObject(template)) continue;
    const metadata = isObject(template['metadata']) ? template['metadata'] : (template['metadata'] = {} as JsonObject);
    (metadata as JsonObject)['annotations'] = { ...(at(metadata, 'annotations') as object | undefined), ...annotations };
  }
}

export function setImages(objects: readonly KubeJson[], settings: readonly JsonObject[]): void {
  if (settings.length === 0) return;
  for (const object of objects) {
    const spec = object.kind === 'Pod' ? object['spec'] : at(templateOf(object), 'spec');
    for (const container of [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')]) {
      for (const setting of settings) container['image'] = imageAfter(textAt(container, 'image'), setting);
    }
  }
}

function imageAfter(image: string, setting: JsonObject): string {
  const match = /^(.*?)(?::([^/:@]+))?(?:@(.+))?$/.exec(image);
  const [, name = '', tag, digest] = match ?? [];
  if (name !== setting['name']) return image;
  const newName = textAt(setting, 'newName') || name;
  if (textAt(setting, 'digest')) return `${newName}@${textAt(setting, 'digest')}`;
  if (textAt(setting, 'newTag')) return `${newName}:${textAt(setting, 'newTag')}`;
  return `${newName}${tag ? `:${tag}` : ''}${digest ? `@${digest}` : ''}`;
}

const FIRST = ['Namespace', 'ResourceQuota', 'StorageClass', 'CustomResourceDefinition', 'ServiceAccount', 'PodSecurityPolicy', 'Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding', 'ConfigMap', 'Secret', 'Endpoints', 'Service', 'LimitRange', 'PriorityClass', 'PersistentVolume', 'PersistentVolumeClaim', 'Deployment', 'StatefulSet', 'CronJob', 'PodDisruptionBudget'];
const LAST = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

/** What others need comes first. Source: kustomize's legacy order, which kubectl uses. */
export function inOrder(objects: readonly KubeJson[]): KubeJson[] {
  const rank = (object: KubeJson): number => {
    const [first, last] = [FIRST.indexOf(object.kind ?? ''), LAST.indexOf(object.kind ?? '')];
    return first >= 0 ? first : last >= 0 ? FIRST.length + 1 + last : FIRST.length;
  };
  const key = (object: KubeJson): string => `${object.apiVersion}/${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
  return [...objects].sort((a, b) => rank(a) - rank(b) || (key(a) < key(b) ? -1 : 1));
}
