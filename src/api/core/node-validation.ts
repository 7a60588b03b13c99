/** Source: kubernetes pkg/apis/core/validation, ValidateNode and ValidateNodeUpdate. */
import { goQuote } from '../../apimachinery/go-quote.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { ipFamilyOf, isValidCidr, spellingWarnings } from '../../apimachinery/validation/ip.ts';
import { addInvalid } from '../../apimachinery/validation/values.ts';
import type { Node } from '../generated/core-v1.ts';
import { goForm } from '../go-form.ts';
import { validateResourceQuantity } from './pod-spec/resources.ts';
import { validateNodeAnnotations } from './node-annotations.ts';
import { validateTaints } from './taint-validation.ts';

const SPEC = FieldPath.of('spec');
/** Where messages on taints say they are. */
const METADATA = FieldPath.of('metadata');
const MAX_FEATURE_NAME = 253;

export function validateNode(node: DeepReadonly<Node>, errors: FieldErrors): void {
  validateNodeAnnotations(node.metadata.annotations ?? {}, errors);
  validateTaints(node.spec.taints, METADATA.child('taints'), errors);
  validateResources(node, errors);
  validatePodCidrs(node.spec.podCIDRs ?? [], SPEC.child('podCIDRs'), errors);
}

const FEATURE_NAME = /^[A-Z][A-Za-z0-9]*(\/[A-Za-z0-9]+)*$/;
const FEATURE_TEXT =
  "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes";

/** What a node says that it can do (KEP-5328): names in their order, each once. */
function validateFeatures(features: readonly string[], path: FieldPath, errors: FieldErrors): void {
  features.forEach((name, i) => {
    const text = name.length > MAX_FEATURE_NAME ? `must be no more than ${MAX_FEATURE_NAME} characters` : FEATURE_NAME.test(name) ? undefined : FEATURE_TEXT;
    if (text !== undefined) errors.invalid(path.index(i), name, `invalid feature name ${goQuote(name)}: ${text}`);
    const next = features[i + 1];
    if (next === name) errors.duplicate(path.index(i + 1), next);
    else if (next !== undefined && next < name) errors.invalid(path.index(i + 1), next, 'list must be sorted alphabetically');
  });
}

function validateResources(node: DeepReadonly<Node>, errors: FieldErrors): void {
  for (const part of ['capacity', 'allocatable'] as const) {
    for (const [name, value] of Object.entries(node.status[part] ?? {})) validateResourceQuantity(name, value, FieldPath.of('status').child(part, name), errors);
  }
}

function validatePodCidrs(cidrs: readonly string[], path: FieldPath, errors: FieldErrors): void {
  cidrs.forEach((cidr, i) => {
    addInvalid(errors, path.index(i), cidr, isValidCidr(cidr));
  });
  const families = new Set(cidrs.map((cidr) => ipFamilyOf(cidr.split('/')[0] ?? '')));
  if (cidrs.length < 2) return;
  const bad = cidrs.findIndex((cidr) => isValidCidr(cidr).length > 0);
  if (bad >= 0) errors.internal(path, `invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[${bad}]: <nil> (invalid CIDR address: ${cidrs[bad]})`);
  if (cidrs.length > 2 || families.size < 2 || bad >= 0) errors.invalid(path, cidrs, 'may specify no more than one CIDR for each IP family');
  cidrs.forEach((cidr, i) => {
    if (cidrs.indexOf(cidr) < i) errors.duplicate(path.index(i), cidr);
  });
}

export function nodeWarnings({ spec }: DeepReadonly<Node>): string[] {
  return [
    ...(spec.externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
    ...(spec.podCIDRs ?? []).flatMap((cidr, i) => spellingWarnings(cidr, SPEC.child('podCIDRs').index(i))),
  ];
}

/** Of the whole node or of its status; what both of a new node and here is checked is reported twice of the whole. */
export function validateNodeUpdate(node: DeepReadonly<Node>, old: DeepReadonly<Node>, errors: FieldErrors): void {
  validateNodeAnnotations(node.metadata.annotations ?? {}, errors);
  validateResources(node, errors);
  const addresses = new Set<string>();
  node.status.addresses?.forEach((address, i) => {
    const key = `${address.type}/${address.address}`;
    if (addresses.has(key)) errors.duplicate(FieldPath.of('status.addresses').index(i), goForm('core.v1.NodeAddress', address));
    addresses.add(key);
  });
  const before = old.spec.podCIDRs ?? [];
  const now = node.spec.podCIDRs ?? [];
  const changes = before.length === now.length ? before.filter((cidr, i) => cidr !== now[i]).length : 1;
  if (before.length > 0) for (let i = 0; i < changes; i++) errors.forbidden(SPEC.child('podCIDRs'), 'node updates may not change podCIDR except from "" to valid');
  if (old.spec.providerID && old.spec.providerID !== node.spec.providerID) {
    errors.forbidden(SPEC.child('providerID'), 'node updates may not change providerID except from "" to valid');
  }
  validateTaints(node.spec.taints, METADATA.child('taints'), errors);
  if (node.status.declaredFeatures) validateFeatures(node.status.declaredFeatures, FieldPath.of('status.declaredFeatures'), errors);
  if ((old.spec.externalID ?? '') !== (node.spec.externalID ?? '')) errors.forbidden(SPEC.child('externalID'), 'may not be updated');
}
