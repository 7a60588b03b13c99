import { isObject } from '../../../apimachinery/patch/json.ts';
import { configurationOf, type PluginConfiguration } from '../plugin-configuration.ts';
import type { AdmissionAttributes } from '../plugin.ts';
import { levelOf, VERSION, type Policy } from './evaluate.ts';
import type { Policies } from './namespace-policies.ts';

const API_VERSIONS = ['v1', 'v1beta1', 'v1alpha1'].map((version) => `pod-security.admission.config.k8s.io/${version}`);

/** Who and what is not checked at all. */
export interface Exemptions {
  readonly usernames: readonly string[];
  readonly namespaces: readonly string[];
  readonly runtimeClasses: readonly string[];
}

/** Throws RangeError for a configuration that makes no sense. Source: "Apply Pod Security Standards at the Cluster Level", PodSecurityConfiguration. */
export function podSecurityConfiguration(configuration: PluginConfiguration | undefined): { defaults: Policies; exemptions: Exemptions } {
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
  const known = typeof level === 'string' ? levelOf(level) : undefined;
  if (!known) throw new RangeError(`defaults.${mode}: Invalid value: ${JSON.stringify(level)}: must be one of privileged, baseline, restricted`);
  if (typeof version !== 'string' || !VERSION.test(version)) throw new RangeError(`defaults.${mode}-version: Invalid value: ${JSON.stringify(version)}: must be "latest" or "v1.x"`);
  return { level: known, version };
}

function namesIn(exemptions: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  const { [name]: list = [] } = exemptions;
  if (!Array.isArray(list) || list.some((one) => typeof one !== 'string' || one === '')) throw new RangeError(`exemptions.${name} must be a list of names`);
  const twice = (list as string[]).find((one, i) => list.indexOf(one) < i);
  if (twice !== undefined) throw new RangeError(`exemptions.${name}: Duplicate value: ${JSON.stringify(twice)}`);
  return list as string[];
}

/** Why a request is one that nobody checks; undefined: it is checked. The runtime class is asked later, of the pod. */
export function exemptionOf({ namespace, user }: AdmissionAttributes, { usernames, namespaces }: Exemptions): 'namespace' | 'user' | undefined {
  return namespaces.includes(namespace) ? 'namespace' : usernames.includes(user.name) ? 'user' : undefined;
}
