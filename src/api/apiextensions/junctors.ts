/** `allOf`, `anyOf`, `oneOf` and `not`. Source: k8s.io/kube-openapi pkg/validation/validate, schema_props.go. */
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { Check } from './check.ts';
import type { Schema } from './schema-parts.ts';

/** These messages name no field. */
const NO_FIELD = FieldPath.of('<nil>');

interface Result {
  readonly errors: FieldErrors;
  readonly matches: number;
}

interface Place {
  readonly value: unknown;
  readonly path: string;
  readonly errors: FieldErrors;
}

function say({ path, errors }: Place, text: string): void {
  errors.invalid(NO_FIELD, '', `${JSON.stringify(path)} ${text}`);
}

/** What an alternative says is not taken back where the value has not changed. */
function judge(check: Check, { value, path }: Place): Result {
  const errors = new FieldErrors();
  const matches = check(value, path, errors);
  return { errors, matches };
}

const isValid = ({ errors }: Result): boolean => errors.causes.length === 0;

/** The one of which most fits, the first of equals. */
function nearest(results: readonly Result[]): Result | undefined {
  return results.reduce<Result | undefined>((best, result) => (best && best.matches >= result.matches ? best : result), undefined);
}

function tell(result: Result | undefined, { errors }: Place): number {
  if (!result) return 0;
  errors.causes.push(...result.errors.causes);
  return result.matches;
}

function checkAny(checks: readonly Check[], place: Place): number {
  const failed: Result[] = [];
  for (const check of checks) {
    const result = judge(check, place);
    if (isValid(result)) return result.matches;
    failed.push(result);
  }
  say(place, 'must validate at least one schema (anyOf)');
  return tell(nearest(failed), place);
}

function checkOne(checks: readonly Check[], place: Place): number {
  const results = checks.map((check) => judge(check, place));
  const valid = results.filter(isValid);
  if (valid.length === 1) return valid[0]?.matches ?? 0;
  say(place, `must validate one and only one schema (oneOf). Found ${valid.length === 0 ? 'none valid' : `${valid.length} valid alternatives`}`);
  return valid.length === 0 ? tell(nearest(results), place) : 0;
}

function checkAll(checks: readonly Check[], place: Place): number {
  const results = checks.map((check) => judge(check, place));
  const matches = results.reduce((sum, result) => sum + tell(result, place), 0);
  const valid = results.filter(isValid).length;
  if (valid < results.length) say(place, `must validate all the schemas (allOf)${valid === 0 ? '. None validated' : ''}`);
  return matches;
}

export function junctorsCheck({ allOf, anyOf, oneOf, not }: Schema, compile: (schema: Schema) => Check): Check {
  const [all, any, one] = [allOf, anyOf, oneOf].map((schemas) => (schemas ?? []).map(compile)) as [Check[], Check[], Check[]];
  const none = not && compile(not);
  return (value, path, errors) => {
    const place = { value, path, errors };
    let matches = 1;
    if (any.length > 0) matches += checkAny(any, place);
    if (one.length > 0) matches += checkOne(one, place);
    if (all.length > 0) matches += checkAll(all, place);
    if (none && isValid(judge(none, place))) say(place, 'must not validate the schema (not)');
    return matches;
  };
}
