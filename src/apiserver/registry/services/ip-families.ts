import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../../apimachinery/validation/field-errors.ts';
import { ipFamilyOf, type IPFamily } from '../../../apimachinery/validation/ip.ts';
import type { Service, ServiceSpec } from '../../../api/generated/core-v1.ts';
import { isHeadless, needsClusterIp, validateClusterIps } from '../../../api/core/service-ips.ts';

const SPEC = FieldPath.of('spec');
const POLICY = SPEC.child('ipFamilyPolicy');

type Spec = DeepReadonly<ServiceSpec>;

/** Families of addresses that the cluster gives to Services; the first is the default. */
export type ConfiguredFamilies = readonly IPFamily[];

/**
 * Fills in `ipFamilyPolicy` and `ipFamilies` of a Service and reports what the cluster cannot give; with causes in `errors` nothing may be allocated.
 * Source: pkg/registry/core/service/storage/alloc.go, initIPFamilyFields.
 */
export function fillInFamilies({ spec }: Service, before: DeepReadonly<Service> | undefined, configured: ConfiguredFamilies, errors: FieldErrors): void {
  if (spec.type === 'ExternalName' || keepsPreferredFamilies(spec, before?.spec)) return;
  spec.ipFamilyPolicy ??= before?.spec.ipFamilyPolicy ?? (isSelectorless(spec) ? 'RequireDualStack' : 'SingleStack');
  validateClusterIps(spec, errors);
  if (errors.causes.length > 0) return;
  if (before) narrow(spec, before.spec, errors);
  checkSingleStack(spec, errors);
  inferFamilies(spec, configured, errors);
  if (errors.causes.length > 0) return;
  if (isSelectorless(spec)) {
    // Nothing is allocated for it: it may have families that the cluster does not give.
    spec.ipFamilies = withSecond(filled(spec.ipFamilies, configured), spec, true);
    return;
  }
  if (spec.ipFamilyPolicy === 'RequireDualStack' && configured.length < 2) errors.invalid(POLICY, spec.ipFamilyPolicy, 'this cluster is not configured for dual-stack services');
  spec.ipFamilies?.forEach((family, i) => {
    if (!configured.includes(family as IPFamily)) errors.invalid(SPEC.child('ipFamilies').index(i), family, 'not configured on this cluster');
  });
  if (errors.causes.length === 0) spec.ipFamilies = withSecond(filled(spec.ipFamilies, configured), spec, configured.length === 2);
}

/** A Service that takes what families there are keeps those that it got, whatever the cluster has become. Source: isMatchingPreferDualStackClusterIPFields. */
export function keepsPreferredFamilies(spec: Spec, old: Spec | undefined): boolean {
  if (!old || spec.ipFamilyPolicy !== 'PreferDualStack' || spec.type !== old.type || !needsClusterIp(spec)) return false;
  return (old.ipFamilyPolicy ?? 'PreferDualStack') === 'PreferDualStack' && isSame(spec.clusterIPs, old.clusterIPs) && isSame(spec.ipFamilies, old.ipFamilies);
}

/** Giving up the second family takes a word: the policy. */
function narrow(spec: ServiceSpec, old: Spec, errors: FieldErrors): void {
  if (spec.ipFamilyPolicy === 'SingleStack') {
    if (isSame(spec.clusterIPs, old.clusterIPs) && (spec.clusterIPs ?? []).length > 1) spec.clusterIPs = spec.clusterIPs?.slice(0, 1);
    if (isSame(spec.ipFamilies, old.ipFamilies) && (spec.ipFamilies ?? []).length > 1) spec.ipFamilies = spec.ipFamilies?.slice(0, 1);
    return;
  }
  if (isReduced(spec.clusterIPs, old.clusterIPs)) errors.invalid(POLICY, spec.ipFamilyPolicy, "must be 'SingleStack' to release the secondary cluster IP");
  if (isReduced(spec.ipFamilies, old.ipFamilies)) errors.invalid(POLICY, spec.ipFamilyPolicy, "must be 'SingleStack' to release the secondary IP family");
}

function checkSingleStack(spec: Spec, errors: FieldErrors): void {
  if (spec.ipFamilyPolicy !== 'SingleStack') return;
  const text = "must be 'RequireDualStack' or 'PreferDualStack' when multiple";
  if (spec.clusterIPs?.length === 2) errors.invalid(POLICY, spec.ipFamilyPolicy, `${text} cluster IPs are specified`);
  if (spec.ipFamilies?.length === 2) errors.invalid(POLICY, spec.ipFamilyPolicy, `${text} IP families are specified`);
}

/** The families of addresses that were named. */
function inferFamilies(spec: ServiceSpec, configured: ConfiguredFamilies, errors: FieldErrors): void {
  if (isHeadless(spec)) return;
  spec.clusterIPs?.forEach((ip, i) => {
    const family = ipFamilyOf(ip);
    if (!family || i < (spec.ipFamilies ?? []).length) return;
    if (configured.includes(family)) spec.ipFamilies = [...(spec.ipFamilies ?? []), family];
    else errors.invalid(SPEC.child('clusterIPs').index(i), spec.clusterIPs, `${family} is not configured on this cluster`);
  });
}

function filled(families: readonly string[] | undefined, configured: ConfiguredFamilies): string[] {
  return families && families.length > 0 ? [...families] : [configured[0] ?? 'IPv4'];
}

function withSecond(families: string[], { ipFamilyPolicy }: Spec, hasSecond: boolean): string[] {
  if (ipFamilyPolicy === 'SingleStack' || families.length !== 1 || !hasSecond) return families;
  return [...families, families[0] === 'IPv4' ? 'IPv6' : 'IPv4'];
}

function isSelectorless(spec: Spec): boolean {
  return spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;
}

function isSame(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return (a ?? []).join() === (b ?? []).join();
}

function isReduced(now: readonly string[] | undefined, before: readonly string[] | undefined): boolean {
  return (now ?? []).length < (before ?? []).length;
}
