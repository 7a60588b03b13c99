import { isObject } from '../../../apimachinery/patch/json.ts';
import { configurationOf, type PluginConfiguration } from '../plugin-configuration.ts';
import type { AdmissionAttributes } from '../plugin.ts';
import type { Level, Policy } from './evaluate.ts';

const LEVELS: readonly string[] = ['privileged', 'baseline', 'restricted'] satisfies Level[];
const VERSION = /^(latest|v1\.(0|[1-9][0-9]*))$/;
const API_VERSIONS = ['v1', 'v1beta1', 'v1alpha1'].map((version) => `pod-security.admission.config.k8s.io/${version}`);
const EXEMPT_ANNOTATION = 'pod-security.kubernetes.io/exempt';

/** What holds where a namespace says nothing. */
export interface PodSecurityDefaults {
  readonly enforce: Policy;
  readonly audit: Policy;
  readonly warn: Policy;
}

/** Who and what is not checked at all. */
export interface Exemptions {
  readonly usernames: readonly string[];
  readonly namespaces: readonly string[];
  readonly runtimeClasses: readonly string[];
}

/** Throws RangeError for a configuration that makes no sense. Source: "Apply Pod Security Standards at the Cluster Level", PodSecurityConfiguration. */
export function podSecurityConfiguration(configuration: PluginConfiguration | undefined): { defaults: PodSecurityDefaults; exemptions: Exemptions } {
  const fields = configuration ? configurationOf(configuration, { kind: 'PodSecurityConfiguration', apiVersions: API_VERSIONS, fields: ['defaults', 'exemptions'] }) : {};
  const defaults = isObject(fields['defaults']) ? fields['defaults'] : {};
  const exemptions = isObject(fields['exemptions']) ? fields['exemptions'] : {};
  return {
    defaults: { enforce: policyIn(defaults, 'enforce'), audit: policyIn(defaults, 'audit'), warn: policyIn(defaults, 'warn') },
    exemptions: { usernames: namesIn(exemptions, 'usernames'), namespaces: namesIn(exemptions, 'namespaces'), runtimeClasses: namesIn(exemptions, 'runtimeClasses') },
  };
}

function policyIn(defaults: Readonly<Record<string, unknown>>, mode: string): Policy {
  const { [mode]: level = 'privileged', [`${mode}-version`]: version = 'latest' } = defaults;
  if (typeof level !== 'string' || !LEVELS.includes(level)) throw new RangeError(`defaults.${mode}: Invalid value: ${JSON.stringify(level)}: must be one of ${LEVELS.join(', ')}`);
  if (typeof version !== 'string' || !VERSION.test(version)) throw new RangeError(`defaults.${mode}-version: Invalid value: ${JSON.stringify(version)}: must be "latest" or "v1.x"`);
  return { level: level as Level, version };
}

function namesIn(exemptions: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  const { [name]: list = [] } = exemptions;
  if (!Array.isArray(list) || list.some((one) => typeof one !== 'string' || one === '')) throw new RangeError(`exemptions.${name} must be a list of names`);
  const twice = (list as string[]).find((one, i) => list.indexOf(one) < i);
  if (twice !== undefined) throw new RangeError(`exemptions.${name}: Duplicate value: ${JSON.stringify(twice)}`);
  return list as string[];
}

/** Whether the request is one that nobody checks; the audit log is told why. */
export function isExempt(attributes: AdmissionAttributes, { usernames, namespaces, runtimeClasses }: Exemptions): boolean {
  const why = namespaces.includes(attributes.namespace) ? 'namespace' : usernames.includes(attributes.user.name) ? 'user' : runtimeClasses.length > 0 && runtimeClasses.includes(runtimeClassOf(attributes)) ? 'runtimeClass' : undefined;
  if (why === undefined) return false;
  attributes.annotate(EXEMPT_ANNOTATION, why);
  return true;
}

/** Of a pod, or of the template of what makes pods. */
function runtimeClassOf({ object }: AdmissionAttributes): string {
  const { spec } = object as unknown as { spec?: { runtimeClassName?: string; template?: { spec?: { runtimeClassName?: string } } } };
  return spec?.runtimeClassName ?? spec?.template?.spec?.runtimeClassName ?? '';
}
