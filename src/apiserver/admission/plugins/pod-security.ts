import { isDeepStrictEqual } from 'node:util';
import type { Pod, PodTemplateSpec } from '../../../api/generated/core-v1.ts';
import type { CronJob } from '../../../api/generated/batch-v1.ts';
import * as refs from '../../../api/refs.ts';
import type { DeepReadonly, KubeObject } from '../../../apimachinery/meta.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import { isExempt, podSecurityConfiguration, type Exemptions, type PodSecurityDefaults } from '../pod-security/configuration.ts';
import { violationsOf, type Level, type Policy } from '../pod-security/evaluate.ts';
import { validateNamespaceLabels } from '../pod-security/namespace-labels.ts';
import { podFacts, type PodFacts } from '../pod-security/pod-facts.ts';
import type { PluginConfiguration } from '../plugin-configuration.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { refusal } from '../refusal.ts';

const PREFIX = 'pod-security.kubernetes.io/';
const LEVELS: ReadonlySet<string> = new Set(['privileged', 'baseline', 'restricted']);
/** Kinds with a pod template: audited and warned of, for their pods are what is refused. */
const TEMPLATED = new Set(['/replicationcontrollers', '/podtemplates', 'apps/deployments', 'apps/replicasets', 'apps/daemonsets', 'apps/statefulsets', 'batch/jobs', 'batch/cronjobs']);

/** Holds pods to the level that their namespace asks for. Source: "Pod Security Admission"; k8s.io/pod-security-admission. */
export class PodSecurity implements AdmissionPlugin {
  readonly name = 'PodSecurity';
  readonly #objects: () => CachedObjects;
  readonly #defaults: PodSecurityDefaults;
  readonly #exemptions: Exemptions;

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
    if (attributes.resource === 'namespaces') return validateNamespaceLabels(attributes);
    if (isExempt(attributes, this.#exemptions)) return;
    const labels = this.#objects().get(refs.namespaces, attributes.namespace)?.metadata.labels;
    const { enforce, audit, warn } = this.#defaults;
    const policies = { enforce: policyOf(labels, 'enforce', enforce), audit: policyOf(labels, 'audit', audit), warn: policyOf(labels, 'warn', warn) };
    if (Object.values(policies).every(({ level }) => level === 'privileged')) return;
    const isPod = attributes.resource === 'pods';
    if (isPod && !isSignificant(attributes)) return;
    const pod = isPod ? factsOfPod(attributes.object as DeepReadonly<Pod>) : factsOfTemplate(attributes);
    if (!pod) return;
    const problem = isPod ? violationsOf(policies.enforce, pod) : undefined;
    if (problem !== undefined) throw refusal(attributes, `violates PodSecurity ${nameOf(policies.enforce)}: ${problem}`);
    const audited = violationsOf(policies.audit, pod);
    if (audited !== undefined) attributes.annotate('pod-security.kubernetes.io/audit-violations', `would violate PodSecurity ${nameOf(policies.audit)}: ${audited}`);
    const warned = violationsOf(policies.warn, pod);
    if (warned !== undefined) attributes.warn(`would violate PodSecurity ${nameOf(policies.warn)}: ${warned}`);
  }
}

function nameOf({ level, version }: Policy): string {
  return JSON.stringify(`${level}:${version}`);
}

/** A level that is none counts as the strictest: a typing mistake must not open a namespace. */
function policyOf(labels: Readonly<Record<string, string>> | undefined, mode: string, unlabelled: Policy): Policy {
  const level = labels?.[PREFIX + mode];
  const version = labels?.[`${PREFIX}${mode}-version`] ?? unlabelled.version;
  if (level === undefined) return { level: unlabelled.level, version };
  return { level: LEVELS.has(level) ? (level as Level) : 'restricted', version };
}

function factsOfPod(pod: DeepReadonly<Pod>): PodFacts {
  return podFacts(pod.spec, pod.metadata.annotations);
}

function factsOfTemplate({ object, resource }: AdmissionAttributes): PodFacts | undefined {
  const holder = object as DeepReadonly<KubeObject & { spec?: { template?: PodTemplateSpec }; template?: PodTemplateSpec }>;
  const template = resource === 'cronjobs' ? (object as DeepReadonly<CronJob>).spec.jobTemplate.spec?.template : resource === 'podtemplates' ? holder.template : holder.spec?.template;
  return template?.spec && podFacts(template.spec, template.metadata?.annotations);
}

/** Updates of what no check looks at pass: labels, images stay with the kubelet's word. */
function isSignificant({ operation, object, oldObject }: AdmissionAttributes): boolean {
  if (operation === 'CREATE' || !object || !oldObject) return true;
  const relevant = (pod: DeepReadonly<Pod>): object => {
    const { tolerations: _, activeDeadlineSeconds: __, ...spec } = pod.spec;
    return { spec, appArmor: Object.entries(pod.metadata.annotations ?? {}).filter(([key]) => key.startsWith('container.apparmor.')) };
  };
  return !isDeepStrictEqual(relevant(object as DeepReadonly<Pod>), relevant(oldObject as DeepReadonly<Pod>));
}
