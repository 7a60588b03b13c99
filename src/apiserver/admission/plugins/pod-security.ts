import { isDeepStrictEqual } from 'node:util';
import type { Pod, PodTemplateSpec } from '../../../api/generated/core-v1.ts';
import type { CronJob } from '../../../api/generated/batch-v1.ts';
import * as refs from '../../../api/refs.ts';
import type { DeepReadonly, KubeObject } from '../../../apimachinery/meta.ts';
import { aggregateText, invalid, type StatusCause } from '../../../apimachinery/status.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import { exemptionOf, podSecurityConfiguration, type Exemptions } from '../pod-security/configuration.ts';
import { isStricter, nameOf, violationsOf } from '../pod-security/evaluate.ts';
import { arePrivileged, askedFor, faultsIn, policiesOf, type Policies } from '../pod-security/namespace-policies.ts';
import { warningsOfPods } from '../pod-security/namespace-pods.ts';
import { PodSecurityMetrics } from '../pod-security/metrics.ts';
import { podFacts, type PodFacts } from '../pod-security/pod-facts.ts';
import { seccompAnnotationsOf } from '../pod-security/seccomp.ts';
import type { PluginConfiguration } from '../plugin-configuration.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { refusal } from '../refusal.ts';

const PREFIX = 'pod-security.kubernetes.io/';
/** Kinds with a pod template: audited and warned of, for their pods are what is refused. */
const TEMPLATED = new Set(['/replicationcontrollers', '/podtemplates', 'apps/deployments', 'apps/replicasets', 'apps/daemonsets', 'apps/statefulsets', 'batch/jobs', 'batch/cronjobs']);

/** What labels ask for, and what is wrong with them. */
interface Asked {
  readonly policies: Policies;
  readonly causes: readonly StatusCause[];
}

const NO_LABELS = {};

/** Holds pods to the level that their namespace asks for. Source: "Pod Security Admission"; k8s.io/pod-security-admission. */
export class PodSecurity implements AdmissionPlugin {
  readonly name = 'PodSecurity';
  readonly metrics = new PodSecurityMetrics();
  readonly #objects: () => CachedObjects;
  readonly #defaults: Policies;
  readonly #exemptions: Exemptions;
  /** By the labels of namespaces, which are never changed in place. */
  readonly #known = new WeakMap<object, Asked>();

  constructor(objects: () => CachedObjects, configuration?: PluginConfiguration) {
    this.#objects = objects;
    const { defaults, exemptions } = podSecurityConfiguration(configuration);
    this.#defaults = defaults;
    this.#exemptions = exemptions;
  }

  handles(operation: AdmissionAttributes['operation'], { group, resource, subresource }: AdmissionAttributes): boolean {
    if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
    if (group === '' && resource === 'pods') return subresource === '' || subresource === 'ephemeralcontainers';
    return subresource === '' && (TEMPLATED.has(`${group}/${resource}`) || (group === '' && resource === 'namespaces'));
  }

  validate(attributes: AdmissionAttributes): void {
    if (attributes.resource === 'namespaces') return this.#validateNamespace(attributes);
    const exemption = exemptionOf(attributes, this.#exemptions);
    if (exemption) return this.#exempt(attributes, exemption);
    const labels = this.#objects().get(refs.namespaces, attributes.namespace)?.metadata.labels;
    const { policies, causes } = this.#askedBy(labels);
    const isPod = attributes.resource === 'pods';
    if (causes.length === 0 && arePrivileged(policies)) {
      if (!isPod) return;
      this.metrics.privileged(attributes);
      return attributes.annotate(`${PREFIX}enforce-policy`, 'privileged:latest');
    }
    if (isPod && !isSignificant(attributes)) return;
    const pod = isPod ? factsOfPod(attributes.object as DeepReadonly<Pod>) : factsOfTemplate(attributes);
    if (!pod) return;
    if (this.#exemptions.runtimeClasses.includes(pod.spec.runtimeClassName ?? '')) return this.#exempt(attributes, 'runtimeClass');
    if (causes.length > 0) {
      this.metrics.failed(attributes);
      attributes.annotate(`${PREFIX}error`, `Failed to parse policy: ${aggregateText(causes.map(({ field, message }) => `${field}: ${message}`))}`);
    }
    this.#judge(attributes, { pod, policies, isEnforced: isPod });
  }

  #exempt(attributes: AdmissionAttributes, why: string): void {
    this.metrics.exempted(attributes);
    attributes.annotate(`${PREFIX}exempt`, why);
  }

  #judge(attributes: AdmissionAttributes, { pod, policies, isEnforced }: { readonly pod: PodFacts; readonly policies: Policies; readonly isEnforced: boolean }): void {
    const { enforce, audit, warn } = policies;
    if (isEnforced) attributes.annotate(`${PREFIX}enforce-policy`, nameOf(enforce));
    const problem = isEnforced ? violationsOf(enforce, pod) : undefined;
    if (isEnforced) this.metrics.evaluated(attributes, problem === undefined ? 'allow' : 'deny', enforce, 'enforce');
    const audited = violationsOf(audit, pod);
    if (audited !== undefined) {
      this.metrics.evaluated(attributes, 'deny', audit, 'audit');
      attributes.annotate(`${PREFIX}audit-violations`, `would violate PodSecurity "${nameOf(audit)}": ${audited}`);
    }
    if (problem !== undefined) throw refusal(attributes, `violates PodSecurity "${nameOf(enforce)}": ${problem}`);
    const warned = violationsOf(warn, pod);
    if (warned === undefined) return;
    this.metrics.evaluated(attributes, 'deny', warn, 'warn');
    attributes.warn(`would violate PodSecurity "${nameOf(warn)}": ${warned}`);
  }

  #askedBy(labels: Readonly<Record<string, string>> | undefined): Asked {
    const known = this.#known.get(labels ?? NO_LABELS);
    if (known) return known;
    const asked = { policies: policiesOf(labels, this.#defaults), causes: faultsIn(labels).causes };
    this.#known.set(labels ?? NO_LABELS, asked);
    return asked;
  }

  /** Refuses a namespace whose labels name no level, unless they did so before; warns of pods that a stricter level would not have let in. Throws StatusError 422. */
  #validateNamespace(attributes: AdmissionAttributes): void {
    const { name, object, oldObject } = attributes;
    const labels = object?.metadata.labels;
    const { causes } = faultsIn(labels);
    const isKnown = oldObject !== undefined && JSON.stringify(faultsIn(oldObject.metadata.labels).causes) === JSON.stringify(causes);
    if (causes.length > 0 && !isKnown) throw invalid({ group: '', kind: 'Namespace' }, name, causes);
    const policies = policiesOf(labels, this.#defaults);
    const before = oldObject && policiesOf(oldObject.metadata.labels, this.#defaults);
    if (before && !isTightened(policies, before)) return;
    if (this.#exemptions.namespaces.includes(object?.metadata.name ?? name)) return this.#warnOfExemption(attributes, policies);
    if (before) for (const warning of warningsOfPods(name, this.#podsIn(name), policies.enforce)) attributes.warn(warning);
  }

  #warnOfExemption(attributes: AdmissionAttributes, policies: Policies): void {
    const { object, name } = attributes;
    if (arePrivileged(policies) || JSON.stringify(policies) === JSON.stringify(this.#defaults)) return;
    attributes.warn(`namespace ${JSON.stringify(object?.metadata.name ?? name)} is exempt from Pod Security, and the policy (${askedFor(object?.metadata.labels, policies)}) will be ignored`);
  }

  #podsIn(namespace: string): DeepReadonly<Pod>[] {
    return this.#objects().list(refs.pods, namespace).filter(({ spec }) => !this.#exemptions.runtimeClasses.includes(spec.runtimeClassName ?? ''));
  }
}

/** Whether pods that are there could be refused by what is enforced now and were not before. */
function isTightened({ enforce }: Policies, { enforce: before }: Policies): boolean {
  if (nameOf(enforce) === nameOf(before) || enforce.level === 'privileged') return false;
  return enforce.version !== before.version || isStricter(enforce.level, before.level);
}

function factsOfPod(pod: DeepReadonly<Pod>): PodFacts {
  return podFacts(pod.spec, pod.metadata.annotations);
}

function factsOfTemplate({ object, resource }: AdmissionAttributes): PodFacts | undefined {
  const holder = object as DeepReadonly<KubeObject & { spec?: { template?: PodTemplateSpec }; template?: PodTemplateSpec }>;
  const template = resource === 'cronjobs' ? (object as DeepReadonly<CronJob>).spec.jobTemplate.spec?.template : resource === 'podtemplates' ? holder.template : holder.spec?.template;
  return template?.spec && podFacts(template.spec, template.metadata?.annotations);
}

/** Of what may change in a pod only images, added containers and the old annotations of seccomp are judged. */
function isSignificant({ operation, object, oldObject }: AdmissionAttributes): boolean {
  if (operation === 'CREATE' || !object || !oldObject) return true;
  const [pod, old] = [object as DeepReadonly<Pod>, oldObject as DeepReadonly<Pod>];
  const images = ({ spec }: DeepReadonly<Pod>): string => JSON.stringify([spec.containers, spec.initContainers ?? []].map((all) => all.map(({ image }) => image ?? '')));
  if (images(pod) !== images(old) || !isDeepStrictEqual(seccompAnnotationsOf(factsOfPod(pod)), seccompAnnotationsOf(factsOfPod(old)))) return true;
  const known = new Map(old.spec.ephemeralContainers?.map(({ name, image }) => [name, image]));
  return pod.spec.ephemeralContainers?.some(({ name, image }) => !known.has(name) || known.get(name) !== image) ?? false;
}
