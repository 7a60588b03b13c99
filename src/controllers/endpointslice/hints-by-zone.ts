import type { Endpoint } from '../../api/generated/discovery-v1.ts';
import type { ZoneShares } from './zone-shares.ts';

/** What a slice will hold: as it is stored, unless it is changed. */
export interface ZonedSlice {
  endpoints: Endpoint[];
  isChanged: boolean;
}

/** How many endpoints a zone may be given. `desired` is no whole number. */
interface Allocation {
  readonly minimum: number;
  readonly maximum: number;
  readonly desired: number;
}

/** By so much an endpoint may have more traffic than with all endpoints for all. */
const OVERLOAD = 0.2;
const UNKNOWN_NODES = 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes';
const NO_ZONE = 'One or more endpoints do not have a zone specified';

/**
 * Gives each zone as many ready endpoints as its nodes have CPU: its own first, then those that another zone has too many of. Slices that need no
 * other change keep their hints while these fit. Returns why no hints can be given; then nothing is changed. Source: topologycache, AddHints.
 */
export function hintByZones(slices: readonly ZonedSlice[], shares: ZoneShares | undefined): string | undefined {
  const all = slices.flatMap(({ endpoints }) => endpoints).filter(isReady);
  const allocations = allocationsFor(all.length, shares);
  if (typeof allocations === 'string') return allocations;
  const { given, open } = keepFitting(slices, allocations);
  if (open.some(({ endpoints }) => endpoints.some((endpoint) => isReady(endpoint) && !endpoint.zone))) return NO_ZONE;
  for (const slice of open) {
    slice.isChanged = true;
    slice.endpoints = slice.endpoints.map((old) => {
      const { hints: _, ...endpoint } = old;
      if (!isReady(endpoint) || !endpoint.zone) return endpoint;
      add(given, endpoint.zone, 1);
      return { ...endpoint, hints: { forZones: [{ name: endpoint.zone }] } };
    });
  }
  handOver(open, exchange(allocations, given));
  return undefined;
}

function allocationsFor(count: number, shares: ZoneShares | undefined): Map<string, Allocation> | string {
  if (!shares) return UNKNOWN_NODES;
  const numbers = `(${count} endpoints, ${shares.size} zones)`;
  if (shares.size > count) return `Insufficient number of endpoints ${numbers}`;
  const minima = [...shares].map(([zone, share]) => ({ zone, share: share * count, minimum: Math.ceil(share * count * (1 / (1 + OVERLOAD))) }));
  const spare = count - minima.reduce((sum, { minimum }) => sum + minimum, 0);
  if (spare < 0) return `Unable to allocate minimum required endpoints to each zone without exceeding overload threshold ${numbers}`;
  return new Map(minima.map(({ zone, share, minimum }) => [zone, { minimum, maximum: minimum + spare, desired: Math.max(share, minimum) }]));
}

/** The slices whose hints are to be made, and how many endpoints the hints of the others give to each zone. */
function keepFitting(slices: readonly ZonedSlice[], allocations: ReadonlyMap<string, Allocation>): { given: Map<string, number>; open: ZonedSlice[] } {
  const given = new Map<string, number>();
  const open: ZonedSlice[] = [];
  for (const slice of slices) {
    const zones = slice.endpoints.filter(isReady).map(({ hints }) => hints?.forZones?.map(({ name }) => name) ?? []);
    const own = new Map<string, number>();
    for (const zone of zones.flat()) add(own, zone, 1);
    const fits = zones.every((names) => names.length > 0) && [...own].every(([zone, count]) => count + (given.get(zone) ?? 0) <= (allocations.get(zone)?.maximum ?? 0));
    if (slice.isChanged || !fits) open.push(slice);
    else for (const [zone, count] of own) add(given, zone, count);
  }
  return { given, open };
}

interface Exchange {
  readonly giving: Map<string, number>;
  readonly receiving: Map<string, number>;
}

/** How many whole endpoints zones give and get, from those who have most to those who lack most, till neither is off by half a one, or both by less than one. */
function exchange(allocations: ReadonlyMap<string, Allocation>, given: ReadonlyMap<string, number>): Exchange {
  const surplus = new Map([...allocations].map(([zone, { desired }]) => [zone, (given.get(zone) ?? 0) - desired]));
  const lack = new Map([...surplus].filter(([, count]) => count < 0).map(([zone, count]) => [zone, -count]));
  const [giving, receiving] = [new Map<string, number>(), new Map<string, number>()];
  for (;;) {
    const [giver, toGive] = most(surplus);
    const [receiver, toReceive] = most(lack);
    if (giver === undefined || receiver === undefined || (toGive < 1 && toReceive < 1) || toGive < 0.5 || toReceive < 0.5) return { giving, receiving };
    add(giving, giver, 1);
    add(surplus, giver, -1);
    add(receiving, receiver, 1);
    add(lack, receiver, -1);
  }
}

function most(counts: ReadonlyMap<string, number>): [zone: string | undefined, count: number] {
  let found: [string | undefined, number] = [undefined, 0];
  for (const [zone, count] of counts) if (count > found[1]) found = [zone, count];
  return found;
}

function handOver(slices: readonly ZonedSlice[], { giving, receiving }: Exchange): void {
  for (const endpoint of slices.flatMap(({ endpoints }) => endpoints)) {
    if (!endpoint.hints || !endpoint.zone || (giving.get(endpoint.zone) ?? 0) === 0) continue;
    const [receiver] = [...receiving].find(([, count]) => count > 0) ?? [];
    if (receiver === undefined) return;
    endpoint.hints = { forZones: [{ name: receiver }] };
    add(giving, endpoint.zone, -1);
    add(receiving, receiver, -1);
  }
}

function add(counts: Map<string, number>, zone: string, count: number): void {
  counts.set(zone, (counts.get(zone) ?? 0) + count);
}

function isReady({ conditions }: Pick<Endpoint, 'conditions'>): boolean {
  return conditions?.ready === true;
}
