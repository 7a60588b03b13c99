import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { ServiceCIDR } from '../generated/networking-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { keepSpecAndMetadata, keepStatus } from '../status-fields.ts';
import { validateServiceCIDR, validateServiceCIDRUpdate } from './address-validation.ts';
import { changesAndSpec } from '../update-orders.ts';

export const serviceCIDR: KindDefinition<ServiceCIDR> = defineKind<ServiceCIDR>({
  group: 'networking.k8s.io', kind: 'ServiceCIDR', resource: 'servicecidrs', namespaced: false,
  versions: [{ version: 'v1', message: 'networking.v1.ServiceCIDR' }],
  updateRules: changesAndSpec,
  subresources: { status: { prepareForUpdate: keepSpecAndMetadata } },
  resetFields: { '': ['status'], status: ['metadata', 'spec'] },
  prepareForCreate(object) {
    object.status = {};
  },
  validateCreate: validateServiceCIDR,
  prepareForUpdate: keepStatus,
  validateUpdate: validateServiceCIDRUpdate,
  columns: [nameColumn, textColumn('CIDRs', 'CIDRs defines the IP blocks in CIDR notation (e.g. "192.168.0.0/24" or "2001:db8::/64") from which to assign service cluster IPs. Max of two CIDRs is allowed, one of each IP family. This field is immutable.', ({ spec }) => (spec.cidrs ?? []).join(',')), ageColumn],
});
