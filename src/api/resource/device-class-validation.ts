import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { isQualifiedName } from '../../apimachinery/validation/labels.ts';
import type { DeviceClass } from '../generated/resource-v1.ts';
import { MAX_CONFIG, validateConfiguration, validateSelectors } from './claim-validation.ts';
import { validateList } from './lists.ts';

const SPEC = FieldPath.of('spec');

/** A name with a domain that is not Kubernetes' own, and that a quota can name after `requests.`. */
function isExtendedResource(name: string): boolean {
  const domain = name.includes('/') ? name.slice(0, name.indexOf('/')) : '';
  const isOwn = domain === '' || domain === 'kubernetes.io' || domain.endsWith('.kubernetes.io') || name.includes('kubernetes.io/');
  return !isOwn && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`).length === 0;
}

/** Source: pkg/apis/resource/validation, validateDeviceClassSpec. */
export function validateDeviceClass({ spec }: DeepReadonly<DeviceClass>, errors: FieldErrors): void {
  validateSelectors(spec.selectors, SPEC.child('selectors'), errors);
  validateList(spec.config, MAX_CONFIG, ({ opaque }, path) => validateConfiguration(opaque, path, errors), SPEC.child('config'), errors);
  const { extendedResourceName: name } = spec;
  if (name !== undefined && !isExtendedResource(name)) errors.invalid(SPEC.child('extendedResourceName'), name, 'must be a valid extended resource name');
}
