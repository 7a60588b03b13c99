import { goQuote } from '../go-quote.ts';
import { failure, type StatusError } from '../status.ts';
import { pathsOf, type FieldSet } from './field-set.ts';
import { compareIdentifiers, type Manager } from './managers.ts';

/** What an applier wants to change although another manager owns it. */
export interface Conflict {
  readonly manager: Manager;
  readonly set: FieldSet;
}

function managerText(manager: Manager): string {
  const name = goQuote(manager.name) + (manager.subresource === '' ? '' : ` with subresource ${goQuote(manager.subresource)}`);
  return manager.operation === 'Update' ? `${name} using ${manager.apiVersion}` : name;
}

/** The 409 of server-side apply, with a cause a field. Source: apimachinery pkg/util/managedfields/internal/conflict.go. */
export function conflictError(conflicts: readonly Conflict[]): StatusError {
  const all = conflicts
    .toSorted((a, b) => compareIdentifiers(a.manager, b.manager))
    .map(({ manager, set }) => ({ text: managerText(manager), paths: pathsOf(set) }));
  const causes = all.flatMap(({ text, paths }) => paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${text}`, field })));
  const [first] = causes;
  const message = causes.length === 1 && first
    ? `Apply failed with 1 conflict: ${first.message}: ${first.field}`
    : `Apply failed with ${causes.length} conflicts: ${all.map(({ text, paths }) => [`conflicts with ${text}:`, ...paths.map((path) => `- ${path}`)].join('\n')).join('\n')}`;
  return failure(409, 'Conflict', message, { causes });
}
