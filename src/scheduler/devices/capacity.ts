import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { addQuantities, compareQuantities, parseQuantity, type Quantity, zeroQuantity } from '../../apimachinery/quantity.ts';
import type { CapacityRequestPolicy, CapacityRequirements, DeviceCapacity } from '../../api/generated/resource-v1.ts';
import { AllocationError } from './allocation-error.ts';
import type { KnownDevice } from './inventory.ts';

/** Amounts of a device's capacity, by the names that the device has for it. */
export type Amounts = ReadonlyMap<string, Quantity>;

/**
 * What a request takes of each capacity of a device: what it asks for, rounded up as the device's policy says; without a word of it the policy's default, or all.
 * undefined: the device has not so much at all, or gives no such amounts. Throws AllocationError for an amount that is asked for twice. Source: KEP-5075, consumable capacity.
 */
export function amountsOf(device: KnownDevice, requests: DeepReadonly<CapacityRequirements>['requests']): Amounts | undefined {
  const wanted = new Map<string, string>();
  for (const asked of Object.keys(requests ?? {})) {
    const name = nameIn(device, asked);
    if (name === undefined) return undefined;
    const other = wanted.get(name);
    if (other !== undefined) throw new AllocationError(`capacity ${JSON.stringify(name)} requested both as ${JSON.stringify(asked)} and as ${JSON.stringify(other)}`);
    wanted.set(name, asked);
  }
  const amounts = new Map<string, Quantity>();
  for (const [name, capacity] of Object.entries(device.device.capacity ?? {})) {
    const asked = requests?.[wanted.get(name) ?? ''];
    const amount = amountOf(asked === undefined ? undefined : parseQuantity(asked), capacity);
    if (!isAllowed(amount, capacity.requestPolicy) || compareQuantities(amount, parseQuantity(capacity.value)) > 0) return undefined;
    amounts.set(name, amount);
  }
  return amounts;
}

/** The device's own name for a capacity: one without a domain is its driver's. */
function nameIn({ driver, device }: KnownDevice, asked: string): string | undefined {
  const known = device.capacity ?? {};
  const others = asked.startsWith(`${driver}/`) ? asked.slice(driver.length + 1) : asked.includes('/') ? asked : `${driver}/${asked}`;
  return [asked, others].find((name) => Object.hasOwn(known, name));
}

function amountOf(asked: Quantity | undefined, { value, requestPolicy: policy }: DeepReadonly<DeviceCapacity>): Quantity {
  if (!asked) return parseQuantity(policy?.default ?? value);
  const { min, step } = policy?.validRange ?? {};
  if (min !== undefined) return inSteps(asked, parseQuantity(min), step === undefined ? undefined : parseQuantity(step));
  return policy?.validValues?.map((one) => parseQuantity(one)).find((one) => compareQuantities(asked, one) <= 0) ?? asked;
}

/** The least that the range has and that is not less. */
function inSteps(asked: Quantity, min: Quantity, step: Quantity | undefined): Quantity {
  if (compareQuantities(asked, min) < 0) return min;
  if (!step || step.nanos <= 0n) return asked;
  const more = asked.nanos - min.nanos;
  return { nanos: min.nanos + ((more + step.nanos - 1n) / step.nanos) * step.nanos, format: step.format };
}

function isAllowed(amount: Quantity, policy: DeepReadonly<CapacityRequestPolicy> | undefined): boolean {
  const is = (text: string | number): boolean => compareQuantities(amount, parseQuantity(text)) === 0;
  if (!policy || (policy.default !== undefined && is(policy.default))) return true;
  const { validRange, validValues } = policy;
  if (!validRange) return !validValues?.length || validValues.some(is);
  if (validRange.max !== undefined && compareQuantities(amount, parseQuantity(validRange.max)) > 0) return false;
  const step = validRange.step === undefined ? 0n : parseQuantity(validRange.step).nanos;
  return step <= 0n || (amount.nanos - parseQuantity(validRange.min).nanos) % step === 0n;
}

/** What is consumed with these amounts too; undefined when the device has not so much left. */
export function afterConsuming(consumed: Amounts | undefined, amounts: Amounts, { device }: KnownDevice): Amounts | undefined {
  const sums = withAmounts(consumed, amounts);
  return Object.entries(device.capacity ?? {}).every(([name, { value }]) => compareQuantities(sums.get(name) ?? zeroQuantity, parseQuantity(value)) <= 0) ? sums : undefined;
}

export function withAmounts(consumed: Amounts = new Map(), amounts: Amounts): Amounts {
  return new Map([...consumed, ...[...amounts].map(([name, amount]): [string, Quantity] => [name, addQuantities(consumed.get(name) ?? zeroQuantity, amount)])]);
}
