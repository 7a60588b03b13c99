import { goJson } from '../../apimachinery/go-json.ts';
import { humanDuration, timeSince } from '../../apimachinery/human-duration.ts';
import { parseTime, TimeError } from '../../apimachinery/time.ts';
import type { CustomResourceColumnDefinition } from '../../api/generated/apiextensions-v1.ts';
import { ageColumn, nameColumn } from '../../api/columns.ts';
import type { Column } from '../../api/kind.ts';
import { compileJsonPath } from './json-path.ts';

function text(value: unknown): string {
  if (value === null) return '<no value>';
  return typeof value === 'string' ? value : goJson(value);
}

/** No text, and one that says null, are no time; others are times as those on the wire are. */
function age(time: string, nowMs: number): string {
  if (time === '' || time === 'null') return timeSince(undefined, nowMs);
  try {
    return humanDuration(nowMs - parseTime(time));
  } catch (error) {
    if (error instanceof TimeError) return '<invalid>';
    throw error;
  }
}

function cellOf(definition: CustomResourceColumnDefinition): Column['cell'] {
  const find = compileJsonPath(definition.jsonPath);
  return (object, nowMs) => {
    const values = find?.(object) ?? [];
    const [first] = values;
    if (first === undefined) return null;
    switch (definition.type) {
      case 'string': return text(first);
      case 'date': return typeof first === 'string' ? age(first, nowMs) : null;
      case 'integer': return typeof first === 'bigint' ? first : typeof first === 'number' ? Math.trunc(first) : null;
      case 'number': return typeof first === 'number' || typeof first === 'bigint' ? first : null;
      case 'boolean': return typeof first === 'boolean' ? first : null;
      default: return null;
    }
  };
}

/** Name, and what the definition says; age if it says nothing. Source: apiextensions-apiserver pkg/registry/customresource/tableconvertor. */
export function printerColumns(definitions: readonly CustomResourceColumnDefinition[] | undefined): Column[] {
  if (!definitions || definitions.length === 0) {
    const description = 'Custom resource definition column (in JSONPath format): .metadata.creationTimestamp';
    return [nameColumn, { ...ageColumn, type: 'date', description }];
  }
  return [nameColumn, ...definitions.map((one): Column => ({
    name: one.name, type: one.type as Column['type'], format: one.format ?? '', priority: one.priority ?? 0,
    description: one.description || `Custom resource definition column (in JSONPath format): ${one.jsonPath}`,
    cell: cellOf(one),
  }))];
}
