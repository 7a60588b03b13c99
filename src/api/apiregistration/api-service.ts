import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { pathSegmentName } from '../../apimachinery/validation/names.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { APIService } from '../generated/apiregistration-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { keepSpecAndMetadata, keepStatus } from '../status-fields.ts';
import { validateAPIService, validateAPIServiceStatus } from './validation.ts';

function availableText({ status }: DeepReadonly<APIService>): string {
  const condition = status.conditions?.find((one) => one.type === 'Available');
  if (!condition) return 'Unknown';
  return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason ?? ''})`;
}

export const apiService: KindDefinition<APIService> = defineKind<APIService>({
  group: 'apiregistration.k8s.io', kind: 'APIService', resource: 'apiservices', namespaced: false, categories: ['api-extensions'],
  versions: [{ version: 'v1', message: 'apiregistration.v1.APIService' }],
  allowUnconditionalUpdate: false,
  validateName: pathSegmentName,
  subresources: { status: { prepareForUpdate: keepSpecAndMetadata, validateUpdate: validateAPIServiceStatus } },
  resetFields: { '': ['status'], status: ['metadata', 'spec'] },
  default({ spec }) {
    if (spec?.service) spec.service.port ??= 443;
  },
  prepareForCreate(object) {
    object.status = {};
    // What the server serves itself is available from the first moment.
    if (!object.spec.service) {
      object.status.conditions = [{
        type: 'Available', status: 'True', lastTransitionTime: object.metadata.creationTimestamp,
        reason: 'Local', message: 'Local APIServices are always available',
      }];
    }
  },
  validate: validateAPIService,
  prepareForUpdate: keepStatus,
  columns: [
    nameColumn,
    textColumn('Service', 'The reference to the service that hosts this API endpoint.', ({ spec }) => (spec.service ? `${spec.service.namespace ?? ''}/${spec.service.name ?? ''}` : 'Local')),
    textColumn('Available', 'Whether this service is available.', availableText),
    ageColumn,
  ],
});
