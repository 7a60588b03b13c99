/** What is taken and yet most likely a mistake. Source: kubernetes pkg/api/pod/warnings.go. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { spellingWarnings } from '../../apimachinery/validation/ip.ts';
import { isDns1123Label } from '../../apimachinery/validation/names.ts';
import type { Container, ContainerPort, NodeAffinity, PodAffinityTerm, PodSpec, PodTemplateSpec, Volume } from '../generated/core-v1.ts';
import { deprecatedLabel, nodeTermWarnings } from './node-selector-warnings.ts';
import { APP_ARMOR_PREFIX } from './pod-spec/annotations.ts';
import { claimSpecWarnings, fractionWarnings, isFraction, overlapWarnings, volumeSourceWarnings } from './volume-warnings.ts';

type Annotations = Readonly<Record<string, string>>;

interface Described {
  readonly metadata?: { readonly name?: string; readonly annotations?: Annotations };
  readonly spec: DeepReadonly<PodSpec>;
}

const annotationMessages: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
};
const SECCOMP_TEXT = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_PREFIX = 'container.seccomp.security.alpha.kubernetes.io/';
const APP_ARMOR_TEXT = 'deprecated since v1.30; use the "appArmorProfile" field instead';
const CONTAINER_LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;
const NULL_SELECTOR_TEXT = 'a null labelSelector results in matching no pod';

class Warnings {
  readonly texts: string[] = [];

  add(path: FieldPath, message: string): void {
    this.texts.push(`${path.toString()}: ${message}`);
  }
}

/** Of a new pod. Nobody writes pods by hand, so that their updates warn of nothing. */
export function podWarnings(pod: Described, old: Described | undefined): string[] {
  if (old) return [];
  return [...nameWarnings(pod.metadata?.name, "the Pod's hostname"), ...warningsOf(pod, FieldPath.root)];
}

/** A name that is no label makes odd names of hosts. */
export function nameWarnings(name: string | undefined, use = 'Pod names and hostnames'): string[] {
  const texts = isDns1123Label(name ?? '');
  return texts.length === 0 ? [] : [`metadata.name: this is used in ${use}, which can result in surprising behavior; a DNS label is recommended: [${texts.join(' ')}]`];
}

interface Generated {
  readonly metadata: { readonly generation?: number };
}

/** Of the template of a workload, at `path` (`spec.template`): each time it is written, unless the write changes the metadata only. */
export function podTemplateWarnings(template: DeepReadonly<PodTemplateSpec> | undefined, path: FieldPath, owner?: Generated, old?: Generated): string[] {
  if (!template?.spec || (old && owner?.metadata.generation === old.metadata.generation)) return [];
  return warningsOf(template, path);
}

interface Visited {
  readonly container: DeepReadonly<Container>;
  /** Made when there is something to warn of. */
  readonly at: () => FieldPath;
}

/** A pod's containers of all sorts, in the order in which Kubernetes visits them. */
function containersOf(spec: DeepReadonly<PodSpec>, path: FieldPath): Visited[] {
  const all: Visited[] = [];
  for (const list of CONTAINER_LISTS) {
    spec[list]?.forEach((container, i) => {
      all.push({ container: container as DeepReadonly<Container>, at: () => path.child(list).index(i) });
    });
  }
  return all;
}

function warningsOf(pod: Described, path: FieldPath): string[] {
  const warnings = new Warnings();
  const spec = path.child('spec');
  const annotations = path.child('metadata', 'annotations');
  warnNodeChoice(pod.spec, spec, warnings);
  for (const key in annotationMessages) if (pod.metadata?.annotations?.[key] !== undefined) warnings.add(annotations.key(key), annotationMessages[key] ?? '');
  if (pod.spec.volumes) warnVolumes(pod.spec.volumes, spec.child('volumes'), warnings);
  warnRepeats(pod.spec, spec, warnings);
  if (pod.spec.overhead) for (const name of MEASURED_IN_BYTES) warnFraction('overhead', name, pod.spec.overhead, { path: () => spec, warnings });
  if (pod.metadata?.annotations?.[SECCOMP_POD] !== undefined && !pod.spec.securityContext?.seccompProfile) warnings.add(annotations.key(SECCOMP_POD), SECCOMP_TEXT);
  const all = containersOf(pod.spec, spec);
  for (const { container, at } of all) {
    if (pod.metadata?.annotations) warnProfiles(container, pod, annotations, warnings);
    // Of pods it was told when their fields were made of the annotations.
    if (pod.metadata?.annotations && path !== FieldPath.root) warnAppArmor(container, pod, annotations, warnings);
    warnContainer(container, at, warnings);
  }
  warnPorts(all, warnings);
  const { terminationGracePeriodSeconds = 0 } = pod.spec;
  if (terminationGracePeriodSeconds < 0) warnings.add(spec.child('terminationGracePeriodSeconds'), 'must be >= 0; negative values are invalid and will be treated as 1');
  warnPodSelectors(pod.spec, spec, warnings);
  pod.spec.dnsConfig?.nameservers?.forEach((ip, i) => warnings.texts.push(...spellingWarnings(ip, spec.child('dnsConfig', 'nameservers').index(i))));
  pod.spec.hostAliases?.forEach(({ ip }, i) => warnings.texts.push(...spellingWarnings(ip, spec.child('hostAliases').index(i).child('ip'))));
  return warnings.texts;
}

/** An annotation of old without the field that took its place. */
function warnProfiles({ name, securityContext }: DeepReadonly<Container>, { metadata }: Described, path: FieldPath, warnings: Warnings): void {
  if (metadata?.annotations?.[SECCOMP_PREFIX + name] !== undefined && !securityContext?.seccompProfile) warnings.add(path.key(SECCOMP_PREFIX + name), SECCOMP_TEXT);
}

function warnAppArmor({ name, securityContext }: DeepReadonly<Container>, { metadata, spec }: Described, path: FieldPath, warnings: Warnings): void {
  const hasProfile = spec.securityContext?.appArmorProfile ?? securityContext?.appArmorProfile;
  if (metadata?.annotations?.[APP_ARMOR_PREFIX + name] !== undefined && !hasProfile) warnings.add(path.key(APP_ARMOR_PREFIX + name), APP_ARMOR_TEXT);
}

function warnNodeChoice(spec: DeepReadonly<PodSpec>, path: FieldPath, warnings: Warnings): void {
  for (const key in spec.nodeSelector) {
    const message = deprecatedLabel(key);
    if (message) warnings.add(path.child('nodeSelector').key(key), message);
  }
  if (spec.affinity?.nodeAffinity) warnNodeAffinity(spec.affinity.nodeAffinity, path.child('affinity', 'nodeAffinity'), warnings);
  spec.topologySpreadConstraints?.forEach(({ topologyKey, labelSelector }, i) => {
    const constraint = path.child('topologySpreadConstraints').index(i);
    const message = deprecatedLabel(topologyKey);
    if (message) warnings.add(constraint.child('topologyKey'), `${topologyKey} is ${message}`);
    if (!labelSelector) warnings.add(constraint.child('labelSelector'), NULL_SELECTOR_TEXT);
  });
}

function warnNodeAffinity(affinity: DeepReadonly<NodeAffinity>, at: FieldPath, warnings: Warnings): void {
  affinity.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?.forEach((term, i) => {
    warnings.texts.push(...nodeTermWarnings(term, false, at.child('requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms').index(i)));
  });
  affinity.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ preference }, i) => {
    warnings.texts.push(...nodeTermWarnings(preference, true, at.child('preferredDuringSchedulingIgnoredDuringExecution').index(i).child('preference')));
  });
}

function warnVolumes(volumes: DeepReadonly<Volume[]>, path: FieldPath, warnings: Warnings): void {
  volumes.forEach((volume, i) => {
    const at = path.index(i);
    warnings.texts.push(...volumeSourceWarnings(volume, at));
    const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
    if (claim) warnings.texts.push(...claimSpecWarnings(claim, at.child('ephemeral', 'volumeClaimTemplate', 'spec')));
  });
  for (const volume of volumes) warnings.texts.push(...overlapWarnings(volume));
}

function warnRepeats(spec: DeepReadonly<PodSpec>, path: FieldPath, warnings: Warnings): void {
  const { hostAliases, imagePullSecrets } = spec;
  if (!hostAliases && !imagePullSecrets) return;
  const ips = new Set<string>();
  hostAliases?.forEach(({ ip }, i) => {
    if (ips.has(ip)) warnings.add(path.child('hostAliases').index(i).child('ip'), `duplicate ip ${JSON.stringify(ip)}`);
    ips.add(ip);
  });
  const secrets = new Set<string>();
  const at = (i: number): FieldPath => path.child('imagePullSecrets').index(i).child('name');
  imagePullSecrets?.forEach(({ name = '' }, i) => {
    if (secrets.has(name)) warnings.add(at(i), `duplicate name ${JSON.stringify(name)}`);
    secrets.add(name);
  });
  imagePullSecrets?.forEach(({ name }, i) => {
    if (!name) warnings.add(at(i), 'invalid empty name ""');
  });
}

type ResourceList = Readonly<Record<string, string | number>>;

const MEASURED_IN_BYTES = ['memory', 'ephemeral-storage'];
const RESOURCE_LISTS = ['limits', 'requests'] as const;

function warnFraction(list: string, name: string, values: ResourceList | undefined, { path, warnings }: { path: () => FieldPath; warnings: Warnings }): void {
  const value = values?.[name];
  if (value !== undefined && isFraction(value)) warnings.texts.push(...fractionWarnings(value, path().child(list).key(name)));
}

function warnContainer({ resources, env }: DeepReadonly<Container>, at: () => FieldPath, warnings: Warnings): void {
  if (resources) {
    const path = (): FieldPath => at().child('resources');
    for (const name of MEASURED_IN_BYTES) for (const list of RESOURCE_LISTS) warnFraction(list, name, resources[list], { path, warnings });
  }
  if (!env || env.length < 2) return;
  const names = new Set<string>();
  env.forEach(({ name, value = '', valueFrom }, i) => {
    if (names.has(name)) {
      // A value that builds on the one before it does not hide it.
      const reference = `$(${name})`;
      const hides = valueFrom !== undefined || value === reference || !value.includes(reference);
      if (hides) warnings.add(at().child('env').index(i), `hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`);
    }
    names.add(name);
  });
}

/** Ports that containers of one pod both open: they share its addresses. */
function warnPorts(all: readonly Visited[], warnings: Warnings): void {
  const count = all.reduce((sum, { container }) => sum + (container.ports?.length ?? 0), 0);
  const known = new Map<string, { port: DeepReadonly<ContainerPort>; path: () => FieldPath }[]>();
  for (const { container, at } of all) {
    container.ports?.forEach((port, i) => {
      const path = (): FieldPath => at().child('ports').index(i);
      const { name = '', hostPort = 0, containerPort, protocol = '', hostIP = '' } = port;
      if (hostIP !== '' && hostPort === 0) {
        warnings.add(path(), `hostIP set without hostPort: {Name:${name} HostPort:0 ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`);
      }
      if (count === 1) return;
      const key = `${containerPort}/${protocol}`;
      const others = known.get(key) ?? [];
      for (const other of others) {
        const conflict = portConflict(port, other.port);
        if (conflict) warnings.add(path(), `${conflict} port definition with ${other.path().toString()}`);
      }
      known.set(key, [...others, { port, path }]);
    });
  }
}

function portConflict(a: DeepReadonly<ContainerPort>, b: DeepReadonly<ContainerPort>): string | undefined {
  const [ports, addresses] = [[a.hostPort ?? 0, b.hostPort ?? 0], [a.hostIP ?? '', b.hostIP ?? '']] as const;
  if (ports[0] === ports[1] && addresses[0] === addresses[1]) return 'duplicate';
  if (ports.includes(0)) return 'overlapping';
  return ports[0] === ports[1] && addresses.includes('') ? 'dangerously ambiguous' : undefined;
}

function warnPodSelectors(spec: DeepReadonly<PodSpec>, path: FieldPath, warnings: Warnings): void {
  const warn = (term: DeepReadonly<PodAffinityTerm>, at: FieldPath): void => {
    if (!term.labelSelector) warnings.add(at.child('labelSelector'), NULL_SELECTOR_TEXT);
  };
  if (!spec.affinity) return;
  for (const name of ['podAffinity', 'podAntiAffinity'] as const) {
    const affinity = spec.affinity[name];
    const at = path.child('affinity', name);
    affinity?.requiredDuringSchedulingIgnoredDuringExecution?.forEach((term, i) => {
      warn(term, at.child('requiredDuringSchedulingIgnoredDuringExecution').index(i));
    });
    affinity?.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ podAffinityTerm }, i) => {
      warn(podAffinityTerm, at.child('preferredDuringSchedulingIgnoredDuringExecution').index(i).child('podAffinityTerm'));
    });
  }
}
