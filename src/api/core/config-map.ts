import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { ConfigMap } from '../generated/core-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { validateConfigMap, validateFrozen } from './config-data.ts';
import { changesThenAnew } from '../update-orders.ts';

const DATA_TEXT =
  "Data contains the configuration data. Each key must consist of alphanumeric characters, '-', '_' or '.'. Values with non-UTF-8 byte sequences must use the BinaryData field. The keys stored in Data must not overlap with the keys in the BinaryData field, this is enforced during validation process.";

export const configMap: KindDefinition<ConfigMap> = defineKind<ConfigMap>({
  group: '', kind: 'ConfigMap', resource: 'configmaps', namespaced: true, shortNames: ['cm'],
  versions: [{ version: 'v1', message: 'core.v1.ConfigMap' }],
  updateRules: changesThenAnew,
  validate: validateConfigMap,
  validateUpdate: validateFrozen,
  columns: [
    nameColumn,
    textColumn('Data', DATA_TEXT, (object) => Object.keys(object.data ?? {}).length + Object.keys(object.binaryData ?? {}).length),
    ageColumn,
  ],
});
