/** Cluster addresses and their families. Source: kubernetes pkg/apis/core/validation, ValidateServiceClusterIPsRelatedFields and validateUpgradeDowngradeClusterIPs. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { ipFamilyOf, isValidIP } from '../../apimachinery/validation/ip.ts';
import { addInvalid } from '../../apimachinery/validation/values.ts';
import type { Service, ServiceSpec } from '../generated/core-v1.ts';

type Spec = DeepReadonly<ServiceSpec>;

const SPEC = FieldPath.of('spec');
const families: ReadonlySet<string> = new Set(['IPv4', 'IPv6']);
const familyPolicies: ReadonlySet<string> = new Set(['PreferDualStack', 'RequireDualStack', 'SingleStack']);
const CHANGE_TEXT = 'may not change once set';

export function isHeadless({ clusterIPs }: Spec): boolean {
  return clusterIPs?.length === 1 && clusterIPs[0] === 'None';
}

/** Whether a service of this type has a cluster address at all. */
export function needsClusterIp({ type }: Spec): boolean {
  return type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer';
}

/** Also the rule by which an allocator judges what is asked before it allocates the rest. */
export function validateClusterIps(spec: Spec, errors: FieldErrors): void {
  if (spec.type === 'ExternalName') return;
  const { clusterIP = '', clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const path = SPEC.child('clusterIPs');
  if (clusterIP === '' && clusterIPs.length > 0) errors.invalid(path, clusterIPs, 'must be empty when `clusterIP` is not specified');
  else if (clusterIP !== '' && clusterIPs.length === 0) errors.required(path);
  else if ((clusterIPs[0] ?? '') !== clusterIP) errors.invalid(path, clusterIPs, 'first value must match `clusterIP`');
  ipFamilies.forEach((family, i) => {
    const at = SPEC.child('ipFamilies').index(i);
    if (!families.has(family)) errors.notSupported(at, family, families);
    if (ipFamilies.indexOf(family) < i) errors.duplicate(at, family);
  });
  if (ipFamilyPolicy !== undefined && !familyPolicies.has(ipFamilyPolicy)) errors.notSupported(SPEC.child('ipFamilyPolicy'), ipFamilyPolicy, familyPolicies);
  let areGood = true;
  clusterIPs.forEach((ip, i) => {
    if (i === 0 && ip === 'None') {
      if (clusterIPs.length > 1) errors.invalid(path, clusterIPs, "'None' must be the first and only value");
      areGood &&= clusterIPs.length === 1;
      return;
    }
    const texts = isValidIP(ip);
    addInvalid(errors, path.index(i), ip, texts);
    if (texts.length > 0) areGood = false;
  });
  if (clusterIPs.length > 2) errors.invalid(path, clusterIPs, 'may only hold up to 2 values');
  if (!areGood || isHeadless(spec)) return;
  if (clusterIPs.length === 2 && ipFamilyOf(clusterIPs[0] ?? '') === ipFamilyOf(clusterIPs[1] ?? '')) {
    errors.invalid(path, clusterIPs, 'may specify no more than one IP for each IP family');
  }
  clusterIPs.forEach((ip, i) => {
    const family = ipFamilies[i];
    if (family !== undefined && families.has(family) && family !== ipFamilyOf(ip)) {
      errors.invalid(path.index(i), ip, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``);
    }
  });
}

/** A service keeps its address and family, but for moves from and to ExternalName; a second family may come and go. */
export function validateClusterIpUpdate({ spec }: DeepReadonly<Service>, { spec: old }: DeepReadonly<Service>, errors: FieldErrors): void {
  if (spec.type !== 'ExternalName' && old.type !== 'ExternalName') {
    validateAddressUpdate(spec, old, errors);
    validateFamilyUpdate(spec, old, errors);
  }
  if (old.type === 'LoadBalancer' && spec.type === 'LoadBalancer' && old.loadBalancerClass !== spec.loadBalancerClass) {
    errors.invalid(SPEC.child('loadBalancerClass'), spec.loadBalancerClass ?? null, CHANGE_TEXT);
  }
}

function validateRelease(what: string, { ipFamilyPolicy }: Spec, errors: FieldErrors): void {
  if (ipFamilyPolicy !== 'SingleStack') errors.invalid(SPEC.child('ipFamilyPolicy'), ipFamilyPolicy ?? null, `must be set to 'SingleStack' when releasing the secondary ${what}`);
}

function validateAddressUpdate(spec: Spec, old: Spec, errors: FieldErrors): void {
  if (isHeadless(old) && isHeadless(spec)) return;
  const path = SPEC.child('clusterIPs');
  const [now, before] = [spec.clusterIPs ?? [], old.clusterIPs ?? []];
  if (now.length === before.length) {
    before.forEach((ip, i) => {
      if (ip !== now[i]) errors.invalid(path.index(i), now, CHANGE_TEXT);
    });
    return;
  }
  if (now.length === 0) errors.invalid(path.index(0), spec.clusterIPs ?? null, 'primary clusterIP can not be unset');
  else if (before.length > 0 && now[0] !== before[0]) errors.invalid(path.index(0), now, CHANGE_TEXT);
  if (before.length > now.length && now.length === 1) validateRelease('clusterIP', spec, errors);
}

/** Headless services may change their families, and so may those that become or were headless. Messages always name the first family. */
function validateFamilyUpdate(spec: Spec, old: Spec, errors: FieldErrors): void {
  if (isHeadless(spec) || isHeadless(old)) return;
  const at = SPEC.child('ipFamilies').index(0);
  const [now, before] = [spec.ipFamilies ?? [], old.ipFamilies ?? []];
  if (now.length === before.length) {
    before.forEach((family, i) => {
      if (family !== now[i]) errors.invalid(at, now, CHANGE_TEXT);
    });
    return;
  }
  if (before.length > now.length && (spec.clusterIPs ?? []).length === 0) errors.invalid(at, spec.ipFamilies ?? null, 'primary ipFamily can not be unset');
  if (before.length > 0 && now.length > 0 && now[0] !== before[0]) errors.invalid(at, spec.clusterIPs ?? null, CHANGE_TEXT);
  if (before.length > now.length && now.length === 1) validateRelease('ipFamily', spec, errors);
}
