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
  ipFamilies.forEach((family, i) => {
    const at = SPEC.child('ipFamilies').index(i);
    if (!families.has(family)) errors.notSupported(at, family, families);
    else if (ipFamilies.indexOf(family) < i) errors.duplicate(at, family);
  });
  if (ipFamilyPolicy !== undefined && !familyPolicies.has(ipFamilyPolicy)) errors.notSupported(SPEC.child('ipFamilyPolicy'), ipFamilyPolicy, familyPolicies);
  const path = SPEC.child('clusterIPs');
  if (clusterIP !== '' && clusterIPs.length === 0) errors.required(path);
  else if ((clusterIPs[0] ?? '') !== clusterIP) errors.invalid(path, clusterIPs, 'first value must match `clusterIP`');
  let areGood = true;
  clusterIPs.forEach((ip, i) => {
    if (i === 0 && ip === 'None') {
      if (clusterIPs.length > 1) errors.invalid(path, clusterIPs, "'None' must be the first and only value");
      areGood = false;
      return;
    }
    if (clusterIPs[0] === 'None') return;
    const texts = isValidIP(ip);
    addInvalid(errors, path.index(i), ip, texts);
    if (texts.length > 0) areGood = false;
  });
  if (clusterIPs.length > 2) errors.invalid(path, clusterIPs, 'may only hold up to 2 values');
  if (!areGood) return;
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

/** Without addresses and pods of its own, a service may name other families: nothing was allocated by them. */
function isFreeOfFamily(spec: Spec): boolean {
  return isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0;
}

/** A service keeps its address and family, but for moves from and to ExternalName; a second family may come and go. */
export function validateClusterIpUpdate({ spec }: DeepReadonly<Service>, { spec: old }: DeepReadonly<Service>, errors: FieldErrors): void {
  if (!needsClusterIp(spec) || !needsClusterIp(old)) return;
  for (const name of ['clusterIPs', 'ipFamilies'] as const) {
    const now = spec[name] ?? [];
    const before = old[name] ?? [];
    if (before.length === 0) continue;
    const path = SPEC.child(name);
    const what = name === 'clusterIPs' ? 'clusterIP' : 'ipFamilyOf';
    if (now.length === 0) errors.invalid(path.index(0), now, `primary ${what} can not be unset`);
    else if (now[0] !== before[0] && !(name === 'ipFamilies' && isFreeOfFamily(spec))) errors.invalid(path.index(0), now, CHANGE_TEXT);
    if (before.length < 2) continue;
    if (now.length > 1) {
      if (now[1] !== before[1]) errors.invalid(path.index(1), now, CHANGE_TEXT);
    } else if (spec.ipFamilyPolicy !== 'SingleStack') errors.invalid(SPEC.child('ipFamilyPolicy'), spec.ipFamilyPolicy ?? null, "must be 'SingleStack' to release the secondary IP family");
  }
  if (old.type === 'LoadBalancer' && spec.type === 'LoadBalancer' && old.loadBalancerClass !== spec.loadBalancerClass) {
    errors.invalid(SPEC.child('loadBalancerClass'), spec.loadBalancerClass ?? null, CHANGE_TEXT);
  }
}
