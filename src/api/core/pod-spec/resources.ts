/** Resources of containers and pods. Source: kubernetes pkg/apis/core/validation and pkg/apis/core/helper. */
import { compareQuantities, formatQuantity, milliValue, parseQuantity, type Quantity } from '../../../apimachinery/quantity.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import { isQualifiedName } from '../../../apimachinery/validation/labels.ts';
import { isDns1123Label } from '../../../apimachinery/validation/names.ts';
import { NOT_NEGATIVE } from '../../../apimachinery/validation/numbers.ts';
import { addInvalid } from '../../../apimachinery/validation/values.ts';
import type { ContainerResizePolicy, ResourceClaim, ResourceRequirements } from '../../generated/core-v1.ts';

type ResourceList = Readonly<Record<string, string | number>>;

const HUGE_PAGES = 'hugepages-';
const containerResources: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);
/** Counts of objects, and what quotas name. */
const integerResources: ReadonlySet<string> = new Set([
  'pods', 'services', 'replicationcontrollers', 'resourcequotas', 'secrets', 'configmaps', 'persistentvolumeclaims', 'services.nodeports',
  'services.loadbalancers',
]);
const quotaResources: ReadonlySet<string> = new Set([
  'cpu', 'memory', 'ephemeral-storage', 'requests.cpu', 'requests.memory', 'requests.storage', 'requests.ephemeral-storage', 'limits.cpu', 'limits.memory',
  'limits.ephemeral-storage', ...integerResources,
]);
const standardResources: ReadonlySet<string> = new Set([...quotaResources, 'storage']);

export function isHugePage(name: string): boolean {
  return name.startsWith(HUGE_PAGES);
}

/** Without a prefix, or with Kubernetes' own. */
export function isNativeResource(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith('requests.')) return false;
  return isQualifiedName(`requests.${name}`).length === 0;
}

export function isStandardResource(name: string): boolean {
  return standardResources.has(name) || isQuotaHugePage(name);
}

function isQuotaHugePage(name: string): boolean {
  return isHugePage(name) || name.startsWith(`requests.${HUGE_PAGES}`);
}

export function isQuotaResource(name: string): boolean {
  return quotaResources.has(name) || isQuotaHugePage(name);
}

function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePage(name);
}

export function validateResourceName(name: string, path: FieldPath, errors: FieldErrors): void {
  const texts = isQualifiedName(name);
  addInvalid(errors, path, name, texts);
  if (texts.length === 0 && !name.includes('/') && !isStandardResource(name)) errors.invalid(path, name, 'must be a standard resource type or fully qualified');
}

export function validateContainerResourceName(name: string, path: FieldPath, errors: FieldErrors): void {
  if (containerResources.has(name)) return;
  validateResourceName(name, path, errors);
  if (!name.includes('/')) {
    if (!isHugePage(name)) errors.invalid(path, name, 'must be a standard resource for containers');
  } else if (!isNativeResource(name) && !isExtendedResource(name)) errors.invalid(path, name, "doesn't follow extended resource name standard");
}

export function validateResourceQuantity(name: string, value: string | number, path: FieldPath, errors: FieldErrors): void {
  const quantity = parseQuantity(value);
  if (quantity.nanos < 0n) errors.invalid(path, formatQuantity(quantity), NOT_NEGATIVE);
  const isWhole = integerResources.has(name) || isExtendedResource(name);
  if (isWhole && milliValue(quantity) % 1000 !== 0) errors.invalid(path, formatQuantity(quantity), 'must be an integer');
}

function validateHugePages(name: string, quantity: Quantity, path: FieldPath, errors: FieldErrors): void {
  const size = parseQuantity(name.slice(HUGE_PAGES.length));
  if (quantity.nanos >= 0n && size.nanos > 0n && quantity.nanos % size.nanos === 0n) return;
  errors.invalid(path, formatQuantity(quantity), `${formatQuantity(quantity)} is not positive integer multiple of ${name}`);
}

type NameCheck = (name: string, path: FieldPath, errors: FieldErrors) => void;

/** `claimNames` are those of the pod's resource claims; `checkName` judges names, containers' by default. */
export function validateResources(
  resources: DeepReadonly<ResourceRequirements> | undefined, claimNames: ReadonlySet<string>, path: FieldPath, errors: FieldErrors,
  checkName: NameCheck = validateContainerResourceName,
): void {
  if (!resources) return;
  const limits: ResourceList = resources.limits ?? {};
  const requests: ResourceList = resources.requests ?? {};
  const [atLimits, atRequests] = [path.child('limits'), path.child('requests')];
  for (const name in limits) {
    const value = limits[name] ?? 0;
    validateEntry(name, value, { path: atLimits, errors, checkName });
    if (isHugePage(name)) validateHugePages(name, parseQuantity(value), atLimits.key(name), errors);
  }
  for (const name in requests) {
    const value = requests[name] ?? 0;
    validateEntry(name, value, { path: atRequests, errors, checkName });
    validateAgainstLimit(name, parseQuantity(value), limits, path, errors);
    if (isHugePage(name)) validateHugePages(name, parseQuantity(value), atRequests.key(name), errors);
  }
  if ((hasHugePages(limits) || hasHugePages(requests)) && ![limits, requests].some((list) => Object.hasOwn(list, 'cpu') || Object.hasOwn(list, 'memory'))) {
    errors.forbidden(path, 'HugePages require cpu or memory');
  }
  if (resources.claims) validateClaims(resources.claims, claimNames, path.child('claims'), errors);
}

function hasHugePages(list: ResourceList): boolean {
  for (const name in list) if (isHugePage(name)) return true;
  return false;
}

function validateEntry(name: string, value: string | number, { path, errors, checkName }: { path: FieldPath; errors: FieldErrors; checkName: NameCheck }): void {
  const at = path.key(name);
  checkName(name, at, errors);
  validateResourceQuantity(name, value, at, errors);
}

function validateAgainstLimit(name: string, request: Quantity, limits: ResourceList, path: FieldPath, errors: FieldErrors): void {
  const limit = Object.hasOwn(limits, name) ? limits[name] : undefined;
  if (limit === undefined) {
    if (!isOvercommitAllowed(name)) errors.required(path.child('limits'), 'Limit must be set for non overcommitable resources');
    return;
  }
  const order = compareQuantities(request, parseQuantity(limit));
  if (order === 0) return;
  const text = formatQuantity(parseQuantity(limit));
  if (!isOvercommitAllowed(name)) errors.invalid(path.child('requests'), formatQuantity(request), `must be equal to ${name} limit of ${text}`);
  else if (order > 0) errors.invalid(path.child('requests'), formatQuantity(request), `must be less than or equal to ${name} limit of ${text}`);
}

/** A claim is named once as a whole, or by its requests, each once. */
function validateClaims(claims: DeepReadonly<ResourceClaim[]> | undefined, claimNames: ReadonlySet<string>, path: FieldPath, errors: FieldErrors): void {
  if (!claims) return;
  const seen = new Set<string>();
  claims.forEach(({ name, request }, i) => {
    const at = path.index(i);
    if (!name) return errors.required(at);
    if (seen.has(name)) errors.duplicate(at, name);
    else {
      if (request) addInvalid(errors, at.child('request'), request, isDns1123Label(request));
      const key = request ? `${name}/${request}` : name;
      if (seen.has(key)) errors.duplicate(at, key);
      else if (!request) for (const other of seen) if (other.startsWith(`${name}/`)) errors.duplicate(at, name);
      seen.add(key);
    }
    if (claimNames.has(name)) return;
    const known = claimNames.size === 0 ? ' which is empty' : `: ${[...claimNames].sort().join(', ')}`;
    errors.add(at, 'FieldValueNotFound', `Not found: ${JSON.stringify(name)}: must be one of the names in pod.spec.resourceClaims${known}`);
  });
}

const resizable: ReadonlySet<string> = new Set(['cpu', 'memory']);
const resizePolicies: ReadonlySet<string> = new Set(['NotRequired', 'RestartContainer']);

export function validateResizePolicies(
  policies: DeepReadonly<ContainerResizePolicy[]> | undefined, podRestartPolicy: string | undefined, path: FieldPath, errors: FieldErrors,
): void {
  if (!policies) return;
  const seen = new Set<string>();
  policies.forEach(({ resourceName, restartPolicy }, i) => {
    if (seen.has(resourceName)) errors.duplicate(path.index(i), resourceName);
    seen.add(resourceName);
    if (resourceName === '') errors.required(path);
    else if (!resizable.has(resourceName)) errors.notSupported(path, resourceName, resizable);
    if (restartPolicy === '') errors.required(path);
    else if (!resizePolicies.has(restartPolicy)) errors.notSupported(path, restartPolicy, resizePolicies);
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      errors.invalid(path, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'");
    }
  });
}
