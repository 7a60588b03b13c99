import { defineKind } from '../define-kind.ts';
import type { Service } from '../generated/core-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { serviceColumns } from './service-columns.ts';
import { defaultService } from './service-defaults.ts';
import { prepareChangedService, prepareNewService, withoutInternalPolicy } from './service-strategy.ts';
import { validateService, validateServiceStatus, validateServiceUpdate } from './service-validation.ts';
import { serviceWarnings } from './service-warnings.ts';
import { keepSpec } from '../status-fields.ts';
import { labelName } from '../../apimachinery/validation/names.ts';
import { changesThenAnew } from '../update-orders.ts';

export const service: KindDefinition<Service> = defineKind<Service>({
  group: '', kind: 'Service', resource: 'services', namespaced: true, shortNames: ['svc'], categories: ['all'],
  versions: [{ version: 'v1', message: 'core.v1.Service' }],
  updateRules: changesThenAnew,
  allowCreateOnUpdate: true,
  validateName: labelName,
  subresources: {
    status: { prepareForUpdate: keepSpec, validateUpdate: validateServiceStatus },
    others: [{ name: 'proxy', kind: 'ServiceProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] }],
  },
  default: defaultService,
  completedOnRead: withoutInternalPolicy,
  prepareForCreate: prepareNewService,
  validateCreate: validateService,
  prepareForUpdate: prepareChangedService,
  validateUpdate: validateServiceUpdate,
  warnings: serviceWarnings,
  deleteReturnsObject: true,
  selectableFields: { 'spec.clusterIP': (object) => object.spec.clusterIP ?? '', 'spec.type': (object) => object.spec.type ?? '' },
  columns: serviceColumns,
});
