/** Formats in schemas that the server knows nothing of. Source: apiextensions-apiserver pkg/apiserver/validation/formats.go. */
import { goQuote } from '../../apimachinery/go-quote.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { CustomResourceDefinition } from '../generated/apiextensions-v1.ts';
import { schemasOf, type Schema } from './schema-parts.ts';

const NUMBERS: Readonly<Record<string, readonly string[]>> = { integer: ['int32', 'int64'], number: ['float', 'double'] };
const TEXTS = [
  'bsonobjectid', 'uri', 'email', 'hostname', 'ipv4', 'ipv6', 'cidr', 'mac', 'uuid', 'uuid3', 'uuid4', 'uuid5', 'isbn', 'isbn10', 'isbn13', 'creditcard', 'ssn', 'hexcolor', 'rgbcolor', 'byte', 'password',
  'date', 'duration', 'datetime', 'quantity', 'k8sshortname', 'k8slongname',
];

function isKnown({ type, format = '' }: Schema): boolean {
  if (format === '') return true;
  // Of texts, hyphens do not count: date-time is datetime.
  return !type || type === 'string' ? TEXTS.includes(format.replaceAll('-', '')) : (NUMBERS[type] ?? []).includes(format);
}

function unknownFormats({ spec }: DeepReadonly<CustomResourceDefinition>): Set<string> {
  const found = new Set<string>();
  for (const { schema } of spec.versions) {
    if (schema?.openAPIV3Schema) for (const one of schemasOf(schema.openAPIV3Schema)) if (!isKnown(one)) found.add(one.format ?? '');
  }
  return found;
}

/** Of those that a definition had before, nothing is said again. */
export function definitionWarnings(object: DeepReadonly<CustomResourceDefinition>, old: DeepReadonly<CustomResourceDefinition> | undefined): string[] {
  const before = old ? unknownFormats(old) : new Set();
  return [...unknownFormats(object)].filter((format) => !before.has(format)).map((format) => `unrecognized format ${goQuote(format)}`);
}
