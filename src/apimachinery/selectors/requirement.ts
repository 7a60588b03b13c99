import { isLabelValue, isQualifiedName } from '../validation/labels.ts';
import { SelectorError } from './errors.ts';

export type SelectorOperator = 'in' | 'notin' | '=' | '==' | '!=' | 'gt' | 'lt' | 'exists' | '!';

export interface Requirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  /** Sorted, each once. */
  readonly values: readonly string[];
}

/** Checks what it is made of, as Go's NewRequirement does. Throws SelectorError. */
export function requirement(key: string, operator: SelectorOperator, given: readonly string[]): Requirement {
  const values = [...new Set(given)].sort();
  const problems: string[] = [];
  const keyTexts = isQualifiedName(key);
  if (keyTexts.length > 0) problems.push(`key: Invalid value: ${JSON.stringify(key)}: ${keyTexts.join('; ')}`);
  const wrongCount = countProblem(operator, values.length);
  if (wrongCount !== undefined) problems.push(`values: Invalid value: ${JSON.stringify(values)}: ${wrongCount}`);
  else if (operator === 'gt' || operator === 'lt') {
    values.forEach((value, i) => {
      if (int64Of(value) === undefined) problems.push(`values[${i}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`);
    });
  }
  values.forEach((value, i) => {
    const texts = isLabelValue(value);
    if (texts.length > 0) problems.push(`values[${i}][${key}]: Invalid value: ${JSON.stringify(value)}: ${texts.join('; ')}`);
  });
  if (problems.length > 0) throw new SelectorError(problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`);
  return { key, operator, values };
}

function countProblem(operator: SelectorOperator, count: number): string | undefined {
  switch (operator) {
    case 'in': case 'notin': return count === 0 ? "for 'in', 'notin' operators, values set can't be empty" : undefined;
    case 'exists': case '!': return count > 0 ? 'values set must be empty for exists and does not exist' : undefined;
    case 'gt': case 'lt': return count !== 1 ? "for 'Gt', 'Lt' operators, exactly one value is required" : undefined;
    default: return count !== 1 ? 'exact-match compatibility requires one single value' : undefined;
  }
}

/** A whole number of 64 bits; undefined for another text. Source: Go's strconv.ParseInt. */
export function int64Of(text: string): bigint | undefined {
  if (!/^[-+]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ''));
  return BigInt.asIntN(64, value) === value ? value : undefined;
}
