/** Which names of a definition are accepted, and the conditions that tell. Source: apiextensions-apiserver pkg/controller/status/naming_controller.go. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionCondition, CustomResourceDefinitionNames, CustomResourceDefinitionStatus } from '../../api/generated/apiextensions-v1.ts';
import { approvalCondition } from '../../api/apiextensions/approval-validation.ts';
import { authoritiesCondition } from '../../api/apiextensions/authorities.ts';

type Definition = DeepReadonly<CustomResourceDefinition>;

/** What the other definitions of a group have taken. */
interface Taken {
  readonly resources: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

function takenBy(others: readonly Definition[]): Taken {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { status } of others) {
    const names = status.acceptedNames;
    for (const name of [names.plural, names.singular, ...(names.shortNames ?? [])]) if (name) resources.add(name);
    for (const kind of [names.kind, names.listKind]) if (kind) kinds.add(kind);
  }
  return { resources, kinds };
}

interface Acceptance {
  readonly names: CustomResourceDefinitionNames;
  /** The last conflict that was found. */
  readonly conflict: { readonly reason: string; readonly message: string } | undefined;
}

function accept({ spec, status }: Definition, taken: Taken): Acceptance {
  const wanted = spec.names;
  const names = structuredClone(status.acceptedNames) as CustomResourceDefinitionNames;
  let conflict: Acceptance['conflict'];
  const check = (name: string | undefined, set: ReadonlySet<string>, reason: string): boolean => {
    if (!name || !set.has(name)) return true;
    conflict = { reason, message: `${JSON.stringify(name)} is already in use` };
    return false;
  };
  if (check(wanted.plural, taken.resources, 'PluralConflict')) names.plural = wanted.plural;
  if (check(wanted.singular, taken.resources, 'SingularConflict') && wanted.singular !== undefined) names.singular = wanted.singular;
  const clashing = [...new Set(wanted.shortNames)].filter((name) => taken.resources.has(name) && !names.shortNames?.includes(name)).map((name) => `${JSON.stringify(name)} is already in use`);
  if (clashing.length > 0) conflict = { reason: 'ShortNamesConflict', message: clashing.length === 1 ? String(clashing[0]) : `[${clashing.join(', ')}]` };
  else if (wanted.shortNames) names.shortNames = [...wanted.shortNames];
  else delete names.shortNames;
  if (check(wanted.kind, taken.kinds, 'KindConflict')) names.kind = wanted.kind;
  if (check(wanted.listKind, taken.kinds, 'ListKindConflict') && wanted.listKind !== undefined) names.listKind = wanted.listKind;
  if (wanted.categories) names.categories = [...wanted.categories];
  else delete names.categories;
  return { names, conflict };
}

export function conditionOf(definition: Definition, type: string): DeepReadonly<CustomResourceDefinitionCondition> | undefined {
  return definition.status.conditions?.find((condition) => condition.type === type);
}

export function isTrue(definition: Definition, type: string): boolean {
  return conditionOf(definition, type)?.status === 'True';
}

/** Sets one condition; its time changes only with its status. */
export function setCondition(conditions: CustomResourceDefinitionCondition[], condition: Omit<CustomResourceDefinitionCondition, 'lastTransitionTime'>, now: string): void {
  const known = conditions.find((one) => one.type === condition.type);
  if (!known) conditions.push({ ...condition, lastTransitionTime: now });
  else Object.assign(known, condition, known.status === condition.status ? {} : { lastTransitionTime: now });
}

/** The status that a definition should have; `others`: the other definitions of its group. */
export function planStatus(definition: Definition, others: readonly Definition[], now: string): CustomResourceDefinitionStatus {
  const { names, conflict } = accept(definition, takenBy(others));
  const status = structuredClone(definition.status) as CustomResourceDefinitionStatus;
  const conditions = (status.conditions ??= []);
  status.acceptedNames = names;
  if (conflict) setCondition(conditions, { type: 'NamesAccepted', status: 'False', ...conflict }, now);
  else setCondition(conditions, { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }, now);
  if (!isTrue(definition, 'Established')) {
    if (conflict) setCondition(conditions, { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' }, now);
    else setCondition(conditions, authoritiesCondition(definition) ?? { type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' }, now);
  }
  const approval = approvalCondition(definition);
  if (approval) setCondition(conditions, approval, now);
  const storage = definition.spec.versions.find((version) => version.storage);
  const stored = (status.storedVersions ??= []);
  if (storage && !stored.includes(storage.name)) stored.push(storage.name);
  return status;
}
