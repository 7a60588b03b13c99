import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { ResourceSlice } from '../generated/resource-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { validateNewResourceSlice, validateResourceSliceUpdate } from './slice-validation.ts';
import { changesAndSpec } from '../update-orders.ts';

/** Taints that do not say since when are new. Source: pkg/apis/resource/v1, SetDefaults_DeviceTaint. */
function noteTaints({ spec }: ResourceSlice, nowMs: number): void {
  for (const taint of spec.devices?.flatMap(({ taints = [] }) => taints) ?? []) taint.timeAdded ??= `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
}

/** What a feature that is off has brought goes, unless it is there already. Source: pkg/registry/resource/resourceslice, dropDisabledDRANodeAllocatableResourcesFields. */
function dropNodeAllocatable({ spec }: ResourceSlice, old?: DeepReadonly<ResourceSlice>): void {
  if (old?.spec.devices?.some(({ nodeAllocatableResourceMappings: mappings }) => Object.keys(mappings ?? {}).length > 0)) return;
  for (const device of spec.devices ?? []) delete device.nodeAllocatableResourceMappings;
}

const LISTS = ['bools', 'ints', 'strings', 'versions'] as const;

/** So do attributes of several values. Source: dropDisableDRAListTypeAttributesFields. */
function dropLists({ spec }: ResourceSlice, old?: DeepReadonly<ResourceSlice>): void {
  const used = old?.spec.devices?.some(({ attributes }) => Object.values(attributes ?? {}).some((attribute) => LISTS.some((name) => attribute[name] !== undefined)));
  if (used) return;
  for (const { attributes } of spec.devices ?? []) for (const attribute of Object.values(attributes ?? {})) for (const name of LISTS) delete attribute[name];
}

function dropDisabled(slice: ResourceSlice, old?: DeepReadonly<ResourceSlice>): void {
  dropNodeAllocatable(slice, old);
  dropLists(slice, old);
}

function driverWarnings({ spec }: DeepReadonly<ResourceSlice>): string[] {
  const { driver } = spec;
  return driver === driver.toLowerCase() ? [] : [`spec.driver: driver names should be lowercase; ${JSON.stringify(driver)} contains uppercase characters`];
}

export const resourceSlice: KindDefinition<ResourceSlice> = defineKind<ResourceSlice>({
  group: 'resource.k8s.io', kind: 'ResourceSlice', resource: 'resourceslices', namespaced: false,
  versions: [{ version: 'v1', message: 'resource.v1.ResourceSlice' }],
  updateRules: changesAndSpec,
  hasGeneration: true,
  prepareForCreate(slice, { nowMs }) {
    dropDisabled(slice);
    noteTaints(slice, nowMs);
  },
  prepareForUpdate(slice, old, { nowMs }) {
    dropDisabled(slice, old);
    noteTaints(slice, nowMs);
  },
  validateCreate: validateNewResourceSlice,
  validateUpdate: validateResourceSliceUpdate,
  warnings: driverWarnings,
  deleteReturnsObject: true,
  unknownField: (field) => `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${field}`,
  selectableFields: { 'spec.nodeName': ({ spec }) => spec.nodeName ?? '', 'spec.driver': ({ spec }) => spec.driver },
  columns: [
    nameColumn,
    textColumn('Node', 'NodeName identifies the node which provides the resources in this pool. A field selector can be used to list only ResourceSlice objects belonging to a certain node.\n\nThis field can be used to limit access from nodes to ResourceSlices with the same node name. It also indicates to autoscalers that adding new nodes of the same type as some old node might also make new resources available.\n\nExactly one of NodeName, NodeSelector, AllNodes, and PerDeviceNodeSelection must be set. This field is immutable.', ({ spec }) => spec.nodeName ?? ''),
    textColumn('Driver', 'Driver identifies the DRA driver providing the capacity information. A field selector can be used to list only ResourceSlice objects with a certain driver name.\n\nMust be a DNS subdomain and should end with a DNS domain owned by the vendor of the driver. It should use only lower case characters. This field is immutable.', ({ spec }) => spec.driver),
    textColumn('Pool', 'Name is used to identify the pool. For node-local devices, this is often the node name, but this is not required.\n\nIt must not be longer than 253 characters and must consist of one or more DNS sub-domains separated by slashes. This field is immutable.', ({ spec }) => spec.pool.name),
    ageColumn,
  ],
});
