import { defineKind } from '../define-kind.ts';
import type { Service } from '../generated/core-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { serviceColumns } from './service-columns.ts';
import { defaultService } from './service-defaults.ts';
import { label1035Name } from '../../apimachinery/validation/names.ts';

export const service: KindDefinition<Service> = defineKind<Service>({
  group: '', kind: 'Service', resource: 'services', namespaced: true, shortNames: ['svc'], categories: ['all'],
  versions: [{ version: 'v1', message: 'core.v1.Service' }],
  validateName: label1035Name,
  subresources: {
    status: {},
    others: [{ name: 'proxy', kind: 'ServiceProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] }],
  },
  default: defaultService,
  prepareForCreate(object) {
    object.status = { loadBalancer: {} };
  },
  prepareForUpdate(object, old) {
    object.status = structuredClone(old.status) as Service['status'];
  },
  deleteReturnsObject: true,
  selectableFields: { 'spec.clusterIP': (object) => object.spec.clusterIP ?? '', 'spec.type': (object) => object.spec.type ?? '' },
  columns: serviceColumns,
});
