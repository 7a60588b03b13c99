import { ageColumn, nameColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { DeviceClass } from '../generated/resource-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { validateDeviceClass } from './device-class-validation.ts';

export const deviceClass: KindDefinition<DeviceClass> = defineKind<DeviceClass>({
  group: 'resource.k8s.io', kind: 'DeviceClass', resource: 'deviceclasses', namespaced: false,
  versions: [{ version: 'v1', message: 'resource.v1.DeviceClass' }],
  updateRules: ['metadata', 'metadataUpdate', 'validate'],
  hasGeneration: true,
  validate: validateDeviceClass,
  deleteReturnsObject: true,
  columns: [nameColumn, ageColumn],
});
