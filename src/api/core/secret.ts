import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { Secret } from '../generated/core-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { validateSecret, validateSecretUpdate } from './config-data.ts';
import { secretWarnings } from './secret-warnings.ts';
import { changesThenAnew } from '../update-orders.ts';

const TYPE_TEXT =
  'Used to facilitate programmatic handling of secret data. More info: https://kubernetes.io/docs/concepts/configuration/secret/#secret-types';
const DATA_TEXT =
  "Data contains the secret data. Each key must consist of alphanumeric characters, '-', '_' or '.'. The serialized form of the secret data is a base64 encoded string, representing the arbitrary (possibly non-string) data value here. Described in https://tools.ietf.org/html/rfc4648#section-4";

/** `stringData` is for writing only: its texts win over `data` of the same key and are never read back. */
function takeStringData(secret: Secret): void {
  const { stringData } = secret;
  if (!stringData) return;
  delete secret.stringData;
  const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text, 'utf8').toString('base64')] as const);
  if (encoded.length > 0) secret.data = { ...secret.data, ...Object.fromEntries(encoded) };
}

export const secret: KindDefinition<Secret> = defineKind<Secret>({
  group: '', kind: 'Secret', resource: 'secrets', namespaced: true,
  versions: [{ version: 'v1', message: 'core.v1.Secret' }],
  updateRules: changesThenAnew,
  default(object) {
    takeStringData(object);
    object.type ??= 'Opaque';
  },
  validate: validateSecret,
  validateUpdate: validateSecretUpdate,
  warnings: secretWarnings,
  selectableFields: { type: (object) => object.type ?? '' },
  columns: [
    nameColumn,
    textColumn('Type', TYPE_TEXT, (object) => object.type ?? ''),
    textColumn('Data', DATA_TEXT, (object) => Object.keys(object.data ?? {}).length),
    ageColumn,
  ],
});
