/** Rules of IPAddress and ServiceCIDR. Source: pkg/apis/networking/validation. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { IMMUTABLE } from '../../apimachinery/validation/immutable.ts';
import { isCanonicalCidr, isCanonicalIP, parseCidr } from '../../apimachinery/validation/ip.ts';
import { isDns1123Subdomain, pathSegmentName } from '../../apimachinery/validation/names.ts';
import type { IPAddress, ServiceCIDR } from '../generated/networking-v1.ts';
import { addInvalid, validateRequiredSegment } from '../path-segment.ts';

const SPEC = FieldPath.of('spec');

export function ipAddressName(name: string): string[] {
  return isCanonicalIP(name);
}

export function validateIPAddress({ spec }: DeepReadonly<IPAddress>, errors: FieldErrors): void {
  const path = SPEC.child('parentRef');
  const parent = spec.parentRef;
  if (!parent) {
    errors.required(path);
    return;
  }
  if (parent.group) addInvalid(isDns1123Subdomain(parent.group), parent.group, path.child('group'), errors);
  validateRequiredSegment(parent.resource, path.child('resource'), errors);
  validateRequiredSegment(parent.name, path.child('name'), errors);
  if (parent.namespace) addInvalid(pathSegmentName(parent.namespace, false), parent.namespace, path.child('namespace'), errors);
}

export function validateServiceCIDR({ spec }: DeepReadonly<ServiceCIDR>, errors: FieldErrors): void {
  const path = SPEC.child('cidrs');
  const cidrs = spec.cidrs ?? [];
  if (cidrs.length === 0) errors.required(path, 'at least one CIDR required');
  else if (cidrs.length > 2) errors.invalid(path, { CIDRs: cidrs }, 'may only hold up to 2 values');
  else {
    cidrs.forEach((text, i) => addInvalid(isCanonicalCidr(text), text, path.index(i), errors));
    const [first, second] = cidrs.map(parseCidr);
    if (first && first.family === second?.family) {
      errors.invalid(path, cidrs, 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64');
    }
  }
}

/** A second family may join; what is there stays. */
export function validateServiceCIDRUpdate(object: DeepReadonly<ServiceCIDR>, old: DeepReadonly<ServiceCIDR>, errors: FieldErrors): void {
  const before = old.spec.cidrs ?? [];
  const after = object.spec.cidrs ?? [];
  const path = SPEC.child('cidrs');
  const joins = before.length === 1 && after.length === 2;
  if (after.length !== before.length && !joins) {
    errors.invalid(path, after, IMMUTABLE);
    return;
  }
  before.forEach((text, i) => {
    if (after[i] !== text) errors.invalid(path.index(i), after[i], IMMUTABLE);
  });
  if (joins) validateServiceCIDR(object, errors);
}
