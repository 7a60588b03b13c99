import { invalid, type StatusCause } from '../../apimachinery/status.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { isPrintable, MAX_MANAGER_BYTES, validateManagerName } from '../../apimachinery/validation/manager-names.ts';
import { isTrue } from '../../apimachinery/query-boolean.ts';
import { type ApiRequest, headerOf } from '../request.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** CreateOptions, UpdateOptions and PatchOptions, from the query. */
export interface WriteOptions {
  readonly dryRun: boolean;
  /** Who is told to manage the written fields; default: from the User-Agent. */
  readonly fieldManager: string;
  /** As the client gave it; empty when it did not. */
  readonly givenManager: string;
  readonly fieldValidation: FieldValidation;
  /** As the client gave it; empty when it did not. */
  readonly givenValidation: string;
  readonly force: boolean | undefined;
}

type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions' | 'ListOptions';

export function invalidOptions(kind: OptionsKind, causes: readonly Required<StatusCause>[]): Error {
  return invalid({ group: 'meta.k8s.io', kind }, '', causes);
}

const FIELD_VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'];

/** Source: apimachinery pkg/apis/meta/v1/validation. Throws StatusError 422. */
export function writeOptions(request: ApiRequest, kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions', patchType?: string): WriteOptions {
  const { query } = request;
  if (query.isEmpty && kind !== 'PatchOptions') {
    return { dryRun: false, fieldManager: defaultManager(request), givenManager: '', fieldValidation: 'Warn', givenValidation: '', force: undefined };
  }
  const errors = new FieldErrors();
  const isApply = patchType === 'application/apply-patch+yaml';
  const forceText = query.get('force');
  const force = forceText === undefined ? undefined : isTrue(forceText);
  const givenManager = query.get('fieldManager') ?? '';
  if (kind === 'PatchOptions' && !isApply && force !== undefined) errors.forbidden(FieldPath.of('force'), 'may not be specified for non-apply patch');
  if (isApply && givenManager === '') errors.required(FieldPath.of('fieldManager'), 'is required for apply patch');
  validateManagerName(givenManager, FieldPath.of('fieldManager'), errors);
  const dryRun = query.all('dryRun');
  checkDryRun(dryRun, errors);
  const fieldValidation = query.get('fieldValidation') ?? '';
  if (!FIELD_VALIDATIONS.includes(fieldValidation)) errors.notSupported(FieldPath.of('fieldValidation'), fieldValidation, FIELD_VALIDATIONS);
  if (errors.causes.length > 0) throw invalidOptions(kind, errors.causes);
  return {
    dryRun: dryRun.length > 0, givenManager, fieldManager: givenManager === '' ? defaultManager(request) : givenManager, force,
    fieldValidation: fieldValidation === '' ? 'Warn' : (fieldValidation as FieldValidation), givenValidation: fieldValidation,
  };
}

export function checkDryRun(dryRun: readonly string[], errors: FieldErrors): void {
  if (dryRun.some((value) => value !== 'All')) errors.notSupported(FieldPath.of('dryRun'), dryRun, ['All']);
}

const managers = new Map<string, string>();
const MAX_KNOWN_MANAGERS = 1024;

/** What of a User-Agent stands before the first slash. Source: apiserver pkg/endpoints/handlers, managerOrUserAgent. */
function defaultManager(request: ApiRequest): string {
  const agent = headerOf(request, 'user-agent') ?? '';
  const known = managers.get(agent);
  if (known !== undefined) return known;
  if (managers.size >= MAX_KNOWN_MANAGERS) managers.clear();
  const manager = managerOf(agent);
  managers.set(agent, manager);
  return manager;
}

function managerOf(agent: string): string {
  const slash = agent.indexOf('/');
  let printable = '';
  for (const character of slash < 0 ? agent : agent.slice(0, slash)) {
    if (!isPrintable(character)) continue;
    if (Buffer.byteLength(printable) + Buffer.byteLength(character) > MAX_MANAGER_BYTES) break;
    printable += character;
  }
  return printable === '' ? 'unknown' : printable;
}
