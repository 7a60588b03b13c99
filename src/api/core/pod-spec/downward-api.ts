/** References to a pod's own fields and resources, in variables and volumes. Source: kubernetes pkg/apis/core/validation, pkg/apis/core/pods. */
import { canonicalQuantity } from '../../../apimachinery/quantity.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import { isQualifiedName } from '../../../apimachinery/validation/labels.ts';
import { addInvalid } from '../../../apimachinery/validation/values.ts';
import type { ObjectFieldSelector, ResourceFieldSelector } from '../../generated/core-v1.ts';

export const envFieldPaths: ReadonlySet<string> = new Set([
  'metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.serviceAccountName', 'status.hostIP', 'status.hostIPs', 'status.podIP',
  'status.podIPs',
]);
export const volumeFieldPaths: ReadonlySet<string> = new Set(['metadata.name', 'metadata.namespace', 'metadata.labels', 'metadata.annotations', 'metadata.uid']);
const knownFieldPaths: ReadonlySet<string> = new Set([
  ...envFieldPaths, ...volumeFieldPaths, 'spec.restartPolicy', 'spec.schedulerName', 'status.phase', 'spec.host',
]);

function splitSubscript(path: string): { path: string; subscript: string } | undefined {
  const match = /^(.+?)\['(.*)'\]$/s.exec(path);
  return match ? { path: match[1] ?? '', subscript: match[2] ?? '' } : undefined;
}

function conversionFault(selector: DeepReadonly<ObjectFieldSelector>): string | undefined {
  if (selector.apiVersion !== 'v1') return `unsupported pod version: ${selector.apiVersion ?? ''}`;
  const split = splitSubscript(selector.fieldPath);
  if (split) return ['metadata.annotations', 'metadata.labels'].includes(split.path) ? undefined : `field label does not support subscript: ${selector.fieldPath}`;
  return knownFieldPaths.has(selector.fieldPath) ? undefined : `field label not supported: ${selector.fieldPath}`;
}

export function validateFieldRef(selector: DeepReadonly<ObjectFieldSelector>, allowed: ReadonlySet<string>, path: FieldPath, errors: FieldErrors): void {
  if (!selector.apiVersion) return errors.required(path.child('apiVersion'));
  if (!selector.fieldPath) return errors.required(path.child('fieldPath'));
  const fault = conversionFault(selector);
  if (fault) return errors.invalid(path.child('fieldPath'), selector.fieldPath, `error converting fieldPath: ${fault}`);
  const split = splitSubscript(selector.fieldPath);
  if (split) {
    const key = split.path === 'metadata.annotations' ? split.subscript.toLowerCase() : split.subscript;
    return addInvalid(errors, path, key, isQualifiedName(key));
  }
  const target = selector.fieldPath === 'spec.host' ? 'spec.nodeName' : selector.fieldPath;
  if (!allowed.has(target)) errors.notSupported(path.child('fieldPath'), target, allowed);
}

const resourcePaths: ReadonlySet<string> = new Set([
  'limits.cpu', 'limits.ephemeral-storage', 'limits.memory', 'requests.cpu', 'requests.ephemeral-storage', 'requests.memory',
]);
const BYTE_DIVISORS = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

export function validateResourceFieldRef(
  selector: DeepReadonly<ResourceFieldSelector>, isVolume: boolean, path: FieldPath, errors: FieldErrors,
): void {
  const { containerName, resource } = selector;
  const isHugePages = /^(limits|requests)\.hugepages-/.test(resource);
  if (isVolume && !containerName) errors.required(path.child('containerName'));
  else if (!resource) errors.required(path.child('resource'));
  else if (!resourcePaths.has(resource) && !isHugePages) errors.notSupported(path.child('resource'), resource, resourcePaths);
  validateDivisor(selector, path, errors);
}

function validateDivisor({ resource, divisor = '0' }: DeepReadonly<ResourceFieldSelector>, path: FieldPath, errors: FieldErrors): void {
  const text = canonicalQuantity(divisor);
  if (text === '0') return;
  const name = /^(?:limits|requests)\.(.*)$/s.exec(resource)?.[1] ?? '';
  const kinds: Readonly<Record<string, string>> = { memory: 'memory', 'ephemeral-storage': 'local ephemeral storage' };
  if (name === 'cpu' && text !== '1m' && text !== '1') {
    errors.invalid(path.child('divisor'), resource, "only divisor's values 1m and 1 are supported with the cpu resource");
  }
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : name.startsWith('hugepages-') ? 'hugepages' : undefined;
  if (kind !== undefined && !BYTE_DIVISORS.includes(text)) {
    errors.invalid(path.child('divisor'), resource, `only divisor's values ${BYTE_DIVISORS.join(', ')} are supported with the ${kind} resource`);
  }
}
