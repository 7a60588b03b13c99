/** Resources that a pod's containers share. Source: kubernetes pkg/apis/core/validation, validatePodResources; pkg/apis/core/v1/defaults.go. */
import { addQuantities, compareQuantities, formatQuantity, parseQuantity, type Quantity } from '../../../apimachinery/quantity.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { FieldErrors, type FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import type { PodSpec } from '../../generated/core-v1.ts';
import { isHugePage, validateResourceName, validateResources } from './resources.ts';

const shared: ReadonlySet<string> = new Set(['cpu', 'memory']);

function isShared(name: string): boolean {
  return shared.has(name) || isHugePage(name);
}

/** What the containers ask for together: those that run beside each other are added, each init container counts alone. */
export function containersTotal(spec: DeepReadonly<PodSpec>, part: 'limits' | 'requests', name: string): Quantity | undefined {
  let total: Quantity | undefined;
  let highest: Quantity | undefined;
  const add = (a: Quantity | undefined, b: Quantity): Quantity => (a ? addQuantities(a, b) : b);
  const of = (container: { readonly resources?: { readonly limits?: Readonly<Record<string, string | number>>; readonly requests?: Readonly<Record<string, string | number>> } }): Quantity | undefined => {
    const value = container.resources?.[part]?.[name];
    return value === undefined ? undefined : parseQuantity(value);
  };
  for (const container of spec.initContainers ?? []) {
    const own = of(container);
    if (!own) continue;
    const here = add(total, own);
    if (container.restartPolicy === 'Always') total = here;
    if (!highest || compareQuantities(here, highest) > 0) highest = here;
  }
  for (const container of spec.containers ?? []) {
    const own = of(container);
    if (own) total = add(total, own);
  }
  if (!total || !highest) return total ?? highest;
  return compareQuantities(total, highest) > 0 ? total : highest;
}

/** Requests of a pod that has limits follow from its containers, then from the limits. */
export function defaultPodResources(spec: PodSpec): void {
  const { resources } = spec;
  if (!resources) return;
  limitHugePages(spec, resources);
  const { limits = {}, requests = {} } = resources;
  if (Object.keys(limits).length === 0) return;
  const filled: Record<string, string | number> = { ...requests };
  for (const name of namesIn(spec, 'requests')) {
    const total = Object.hasOwn(filled, name) || !shared.has(name) ? undefined : containersTotal(spec, 'requests', name);
    if (total) filled[name] = formatQuantity(total);
  }
  for (const [name, value] of Object.entries(limits)) if (isShared(name) && !Object.hasOwn(filled, name)) filled[name] = value;
  if (Object.keys(filled).length > 0) resources.requests = filled;
}

function namesIn(spec: PodSpec, part: 'limits' | 'requests'): Set<string> {
  return new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].flatMap((one) => Object.keys(one.resources?.[part] ?? {})));
}

/** A pod that says something of what its containers share may have the huge pages of all. */
function limitHugePages(spec: PodSpec, resources: NonNullable<PodSpec['resources']>): void {
  const { limits = {}, requests = {} } = resources;
  if (Object.keys(limits).length === 0 && Object.keys(requests).length === 0) return;
  for (const name of namesIn(spec, 'limits')) {
    if (!isHugePage(name) || Object.hasOwn(requests, name) || Object.hasOwn(limits, name)) continue;
    const total = containersTotal(spec, 'limits', name);
    if (total) resources.limits = { ...resources.limits, [name]: formatQuantity(total) };
  }
}

/** Names of resources that a pod as a whole may ask for. */
function validatePodResourceName(name: string, path: FieldPath, errors: FieldErrors): void {
  const own = new FieldErrors();
  validateResourceName(name, path, own);
  errors.causes.push(...own.causes);
  if (own.causes.length === 0 && !isShared(name)) errors.notSupported(path, name, ['cpu', 'hugepages-', 'memory']);
}

/** The pod has at least what its containers ask for together, and none of them may have more than the pod. */
export function validatePodResources(spec: DeepReadonly<PodSpec>, claimNames: ReadonlySet<string>, path: FieldPath, errors: FieldErrors): void {
  const { resources } = spec;
  if (!resources) return;
  if (spec.os?.name === 'windows') return errors.forbidden(path, 'may not be set for a windows pod');
  if (resources.claims) errors.forbidden(path.child('claims'), 'claims may not be set for Resources at pod-level');
  validateResources(resources, claimNames, path, errors, validatePodResourceName);
  for (const [name, value] of Object.entries(resources.requests ?? {})) {
    const total = containersTotal(spec, 'requests', name);
    const request = parseQuantity(value);
    if (total && compareQuantities(total, request) > 0) {
      errors.invalid(path.child('requests').key(name), formatQuantity(request), `must be greater than or equal to aggregate container requests of ${formatQuantity(total)}`);
    }
  }
  for (const [name, value] of Object.entries(resources.limits ?? {})) {
    const total = isHugePage(name) ? containersTotal(spec, 'limits', name) : undefined;
    const limit = parseQuantity(value);
    if (!total || compareQuantities(total, limit) <= 0) continue;
    errors.invalid(path.child('limits').key(name), formatQuantity(limit), `must be greater than or equal to aggregate container limits of ${formatQuantity(total)}`);
  }
  spec.containers?.forEach((container, i) => {
    for (const [name, value] of Object.entries(container.resources?.limits ?? {})) {
      const [own, most] = [parseQuantity(value), parseQuantity(resources.limits?.[name] ?? value)];
      if (compareQuantities(own, most) <= 0) continue;
      errors.invalid(path.child('containers').index(i).key(name).child('limits'), formatQuantity(own), `must be less than or equal to pod limits of ${formatQuantity(most)}`);
    }
  });
}
