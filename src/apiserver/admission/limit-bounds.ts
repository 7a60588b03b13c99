import type { LimitRangeItem, Pod } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { addQuantities, compareQuantities, milliValue, parseQuantity, zeroQuantity, type Quantity } from '../../apimachinery/quantity.ts';

export type Amounts = ReadonlyMap<string, Quantity>;
type QuantityTexts = Readonly<Record<string, string | number>>;

/** What a pod asks for, or may use, in all: the sum of its containers, or the most that an init container needs beside the sidecars before it. */
export function sumOfPod(pod: DeepReadonly<Pod>, kind: 'requests' | 'limits'): Amounts {
  const total = new Map<string, Quantity>();
  for (const { resources } of pod.spec.containers) addAll(total, resources?.[kind]);
  const sidecars = new Map<string, Quantity>();
  const atStart = new Map<string, Quantity>();
  for (const { resources, restartPolicy } of pod.spec.initContainers ?? []) {
    const needed = new Map(sidecars);
    addAll(needed, resources?.[kind]);
    if (restartPolicy === 'Always') {
      addAll(sidecars, resources?.[kind]);
      addAll(total, resources?.[kind]);
    }
    takeLarger(atStart, needed);
  }
  takeLarger(total, atStart);
  for (const [name, value] of Object.entries(pod.spec.resources?.[kind] ?? {})) total.set(name, parseQuantity(value));
  for (const [name, value] of Object.entries(pod.spec.overhead ?? {})) {
    const known = total.get(name);
    if (kind === 'requests' || (known && known.nanos > 0n)) total.set(name, addQuantities(known ?? zeroQuantity, parseQuantity(value)));
  }
  return total;
}

function addAll(sum: Map<string, Quantity>, list: QuantityTexts | undefined): void {
  for (const [name, value] of Object.entries(list ?? {})) sum.set(name, addQuantities(sum.get(name) ?? zeroQuantity, parseQuantity(value)));
}

function takeLarger(sum: Map<string, Quantity>, other: Amounts): void {
  for (const [name, value] of other) {
    const known = sum.get(name);
    if (!known || compareQuantities(value, known) > 0) sum.set(name, value);
  }
}

/** How requests and limits break the bounds of a LimitRange, in its words. Without `limits` only requests count (claims). */
export function boundsProblems(item: DeepReadonly<LimitRangeItem>, given: { readonly requests: QuantityTexts; readonly limits: QuantityTexts | undefined }): string[] {
  const { requests, limits } = given;
  const problems: (string | undefined)[] = [];
  for (const [name, bound] of Object.entries(item.min ?? {})) problems.push(belowMinimum(`${name} usage per ${item.type} is ${bound}`, bound, requests[name], limits?.[name]));
  for (const [name, bound] of Object.entries(item.max ?? {})) {
    const what = `maximum ${name} usage per ${item.type} is ${bound}`;
    problems.push(limits === undefined ? aboveMaximum(what, bound, requests[name]) : aboveLimit(what, bound, requests[name], limits[name]));
  }
  for (const [name, bound] of Object.entries(item.maxLimitRequestRatio ?? {})) {
    problems.push(aboveRatio(`${name} max limit to request ratio per ${item.type} is ${bound}`, bound, requests[name], limits?.[name]));
  }
  return problems.filter((one) => one !== undefined);
}

type Given = string | number | undefined;

function compare(a: string | number, b: string | number): number {
  return compareQuantities(parseQuantity(a), parseQuantity(b));
}

function belowMinimum(what: string, bound: string | number, request: Given, limit: Given): string | undefined {
  if (request === undefined) return `minimum ${what}.  No request is specified`;
  if (compare(request, bound) < 0) return `minimum ${what}, but request is ${request}`;
  return limit !== undefined && compare(limit, bound) < 0 ? `minimum ${what}, but limit is ${limit}` : undefined;
}

function aboveMaximum(what: string, bound: string | number, request: Given): string | undefined {
  if (request === undefined) return `${what}.  No request is specified`;
  return compare(request, bound) > 0 ? `${what}, but request is ${request}` : undefined;
}

function aboveLimit(what: string, bound: string | number, request: Given, limit: Given): string | undefined {
  if (limit === undefined) return `${what}.  No limit is specified`;
  if (compare(limit, bound) > 0) return `${what}, but limit is ${limit}`;
  return request !== undefined && compare(request, bound) > 0 ? `${what}, but request is ${request}` : undefined;
}

function aboveRatio(what: string, bound: string | number, request: Given, limit: Given): string | undefined {
  const [requested, limited] = [milliOf(request), milliOf(limit)];
  if (requested === 0) return `${what}, but no request is specified or request is 0`;
  if (limited === 0) return `${what}, but no limit is specified or limit is 0`;
  const ratio = limited / requested;
  return ratio > milliOf(bound) / 1000 ? `${what}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}

function milliOf(value: Given): number {
  return value === undefined ? 0 : milliValue(parseQuantity(value));
}
