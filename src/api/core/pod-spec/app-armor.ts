/** AppArmor profiles that annotations of old name become fields of a new pod's containers. Source: kubernetes pkg/registry/core/pod, applyAppArmorVersionSkew (KEP-24). */
import { isDeepStrictEqual } from 'node:util';
import { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import type { AppArmorProfile, Pod } from '../../generated/core-v1.ts';
import { APP_ARMOR_PREFIX } from './annotations.ts';
import { validateAppArmor } from './security-context.ts';

const LOCALHOST = 'localhost/';
const ANNOTATIONS = FieldPath.of('metadata').child('annotations');

/** Of each annotation without a field of its own, unless it says what the pod says, a text of warning is added to `warnings`. */
export function takeAppArmorAnnotations({ metadata, spec }: Pod, warnings: string[]): void {
  const { annotations } = metadata;
  if (!annotations || spec.os?.name === 'windows') return;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    const key = APP_ARMOR_PREFIX + container.name;
    const text = annotations[key];
    if (text === undefined || container.securityContext?.appArmorProfile) continue;
    const profile = profileOf(text);
    if (profile && isDeepStrictEqual(profile, spec.securityContext?.appArmorProfile)) continue;
    if (profile) container.securityContext = { ...container.securityContext, appArmorProfile: profile };
    warnings.push(`${ANNOTATIONS.key(key).toString()}: deprecated since v1.30; use the "appArmorProfile" field instead`);
  }
}

/** Undefined for what is no profile. */
function profileOf(text: string): AppArmorProfile | undefined {
  if (text === 'unconfined') return { type: 'Unconfined' };
  if (text === 'runtime/default') return { type: 'RuntimeDefault' };
  if (!text.startsWith(LOCALHOST)) return undefined;
  const profile = { type: 'Localhost', localhostProfile: text.slice(LOCALHOST.length) };
  const errors = new FieldErrors();
  validateAppArmor(profile, FieldPath.root, errors);
  return errors.causes.length === 0 ? profile : undefined;
}
