/** What is taken and yet most likely a mistake. Source: kubernetes pkg/api/pod/warnings.go. */
import { parseQuantity } from '../../apimachinery/quantity.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { Container, ContainerPort, NodeSelectorTerm, PodAffinityTerm, PodSpec, PodTemplateSpec } from '../generated/core-v1.ts';
import { isHugePage } from './pod-spec/resources.ts';

interface Described {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: DeepReadonly<PodSpec>;
}

const labelMessages: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};
const annotationMessages: readonly (readonly [prefix: string, message: string])[] = [
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['seccomp.security.alpha.kubernetes.io/pod', 'non-functional in v1.27+; use the "seccompProfile" field instead'],
  ['container.seccomp.security.alpha.kubernetes.io/', 'non-functional in v1.27+; use the "seccompProfile" field instead'],
  ['container.apparmor.security.beta.kubernetes.io/', 'deprecated since v1.30; use the "appArmorProfile" field instead'],
];
const volumeMessages: Readonly<Record<string, string>> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};
const NULL_SELECTOR_TEXT = 'a null labelSelector results in matching no pod';

class Warnings {
  readonly texts: string[] = [];

  add(path: FieldPath, message: string): void {
    this.texts.push(`${path.toString()}: ${message}`);
  }
}

/** Of a pod, at the root; an update that leaves the spec alone warns of nothing new. */
export function podWarnings(pod: Described, old: Described | undefined): string[] {
  return warningsOf(pod, old, FieldPath.root, FieldPath.root);
}

/** Of the template of a workload, at `path` (`spec.template`). */
export function podTemplateWarnings(template: DeepReadonly<PodTemplateSpec>, old: DeepReadonly<PodTemplateSpec> | undefined, path: FieldPath): string[] {
  return warningsOf(template, old, path, path);
}

function childOf(path: FieldPath, ...names: string[]): FieldPath {
  return path.child(...names);
}

function warningsOf(pod: Described, old: Described | undefined, path: FieldPath, metaPath: FieldPath): string[] {
  const warnings = new Warnings();
  const spec = childOf(path, 'spec');
  warnNodeChoice(pod.spec, spec, warnings);
  for (const key of Object.keys(pod.metadata?.annotations ?? {})) {
    if (old?.metadata?.annotations?.[key] !== undefined) continue;
    const message = annotationMessages.find(([prefix]) => (prefix.endsWith('/') ? key.startsWith(prefix) : key === prefix))?.[1];
    if (message) warnings.add(childOf(metaPath, 'metadata', 'annotations').key(key), message);
  }
  warnVolumes(pod.spec, spec, warnings);
  warnRepeats(pod.spec, spec, warnings);
  warnFractions(pod.spec.overhead, spec.child('overhead'), warnings);
  for (const name of ['initContainers', 'containers'] as const) {
    pod.spec[name]?.forEach((container, i) => {
      warnContainer(container, spec.child(name).index(i), warnings);
    });
  }
  warnPodSelectors(pod.spec, spec, warnings);
  const known = old ? new Set(warningsOf(old, undefined, path, metaPath)) : undefined;
  return known ? warnings.texts.filter((text) => !known.has(text)) : warnings.texts;
}

function warnLabel(key: string, path: FieldPath, warnings: Warnings): void {
  if (Object.hasOwn(labelMessages, key)) warnings.add(path, labelMessages[key] ?? '');
}

function warnNodeChoice(spec: DeepReadonly<PodSpec>, path: FieldPath, warnings: Warnings): void {
  for (const key of Object.keys(spec.nodeSelector ?? {})) warnLabel(key, path.child('nodeSelector').key(key), warnings);
  const affinity = spec.affinity?.nodeAffinity;
  const at = path.child('affinity', 'nodeAffinity');
  affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?.forEach((term, i) => {
    warnTerm(term, at.child('requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms').index(i), warnings);
  });
  affinity?.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ preference }, i) => {
    warnTerm(preference, at.child('preferredDuringSchedulingIgnoredDuringExecution').index(i).child('preference'), warnings);
  });
  spec.topologySpreadConstraints?.forEach(({ topologyKey, labelSelector }, i) => {
    const constraint = path.child('topologySpreadConstraints').index(i);
    warnLabel(topologyKey, constraint.child('topologyKey'), warnings);
    if (!labelSelector) warnings.add(constraint.child('labelSelector'), NULL_SELECTOR_TEXT);
  });
}

function warnTerm(term: DeepReadonly<NodeSelectorTerm>, path: FieldPath, warnings: Warnings): void {
  term.matchExpressions?.forEach(({ key }, i) => {
    warnLabel(key, path.child('matchExpressions').index(i).child('key'), warnings);
  });
}

function warnVolumes(spec: DeepReadonly<PodSpec>, path: FieldPath, warnings: Warnings): void {
  spec.volumes?.forEach((volume, i) => {
    for (const [name, message] of Object.entries(volumeMessages)) {
      if (Object.hasOwn(volume, name)) warnings.add(path.child('volumes').index(i).child(name), message);
    }
  });
}

function warnRepeats(spec: DeepReadonly<PodSpec>, path: FieldPath, warnings: Warnings): void {
  const ips = new Set<string>();
  spec.hostAliases?.forEach(({ ip }, i) => {
    if (ips.has(ip)) warnings.add(path.child('hostAliases').index(i).child('ip'), `duplicate ip ${JSON.stringify(ip)}`);
    ips.add(ip);
  });
  const secrets = new Set<string>();
  spec.imagePullSecrets?.forEach(({ name = '' }, i) => {
    const at = path.child('imagePullSecrets').index(i).child('name');
    if (name === '') warnings.add(at, 'invalid empty name ""');
    else if (secrets.has(name)) warnings.add(at, `duplicate name ${JSON.stringify(name)}`);
    secrets.add(name);
  });
}

function warnFractions(list: Readonly<Record<string, string | number>> | undefined, path: FieldPath, warnings: Warnings): void {
  for (const [name, value] of Object.entries(list ?? {})) {
    if (name !== 'memory' && name !== 'ephemeral-storage' && !isHugePage(name)) continue;
    if (parseQuantity(value).nanos % 1_000_000_000n !== 0n) warnings.add(path.key(name), `fractional byte value ${JSON.stringify(String(value))} is invalid, must be an integer`);
  }
}

function warnContainer(container: DeepReadonly<Container>, path: FieldPath, warnings: Warnings): void {
  const names = new Set<string>();
  container.env?.forEach(({ name }, i) => {
    if (names.has(name)) warnings.add(path.child('env').index(i), `hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`);
    names.add(name);
  });
  warnFractions(container.resources?.limits, path.child('resources', 'limits'), warnings);
  warnFractions(container.resources?.requests, path.child('resources', 'requests'), warnings);
  const ports = container.ports ?? [];
  ports.forEach((port, i) => {
    const first = ports.slice(0, i).findIndex((other) => isSamePort(other, port));
    if (first >= 0) warnings.add(path.child('ports').index(i), `duplicate port definition with ${path.child('ports').index(first).toString()}`);
  });
}

function isSamePort(a: DeepReadonly<ContainerPort>, b: DeepReadonly<ContainerPort>): boolean {
  return a.containerPort === b.containerPort && a.protocol === b.protocol && (a.hostPort ?? 0) === (b.hostPort ?? 0) && (a.hostIP ?? '') === (b.hostIP ?? '');
}

function warnPodSelectors(spec: DeepReadonly<PodSpec>, path: FieldPath, warnings: Warnings): void {
  const warn = (term: DeepReadonly<PodAffinityTerm>, at: FieldPath): void => {
    if (!term.labelSelector) warnings.add(at.child('labelSelector'), NULL_SELECTOR_TEXT);
  };
  for (const name of ['podAffinity', 'podAntiAffinity'] as const) {
    const affinity = spec.affinity?.[name];
    const at = path.child('affinity', name);
    affinity?.requiredDuringSchedulingIgnoredDuringExecution?.forEach((term, i) => {
      warn(term, at.child('requiredDuringSchedulingIgnoredDuringExecution').index(i));
    });
    affinity?.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ podAffinityTerm }, i) => {
      warn(podAffinityTerm, at.child('preferredDuringSchedulingIgnoredDuringExecution').index(i).child('podAffinityTerm'));
    });
  }
}
