import { SelectorError } from './errors.ts';

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** What selects objects by a few of their fields. */
export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[];
  readonly isEverything: boolean;
  /** `valueOf` gives a field as text, empty when it is absent. */
  matches(valueOf: (field: string) => string): boolean;
  /** The value that the field must have, if the selector says so. */
  requires(field: string): string | undefined;
  toString(): string;
}

/**
 * Reads `metadata.name=a,status.phase!=Running`; `\\`, `\,` and `\=` stand for these characters in values. Whether a kind knows a field is not
 * judged here. Throws SelectorError. Source: apimachinery pkg/fields.
 */
export function parseFieldSelector(text: string): FieldSelector {
  const requirements: FieldRequirement[] = [];
  for (const term of splitTerms(text).sort()) {
    if (term === '') continue;
    const split = splitTerm(term);
    if (!split) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
    requirements.push({ field: split.field, operator: split.operator === '!=' ? '!=' : '=', value: unescape(split.value) });
  }
  return fieldSelectorOf(requirements);
}

export function fieldSelectorOf(requirements: readonly FieldRequirement[]): FieldSelector {
  return {
    requirements,
    isEverything: requirements.length === 0,
    matches: (valueOf) => {
      for (const one of requirements) if ((valueOf(one.field) === one.value) !== (one.operator === '=')) return false;
      return true;
    },
    requires: (field) => requirements.find((one) => one.field === field && one.operator === '=')?.value,
    toString: () => requirements.map((one) => `${one.field}${one.operator}${one.value.replace(/[\\,=]/g, '\\$&')}`).join(','),
  };
}

/** Cuts at commas that no backslash guards. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ',') {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function splitTerm(term: string): { field: string; operator: string; value: string } | undefined {
  for (let i = 0; i < term.length; i++) {
    const operator = ['!=', '==', '='].find((one) => term.startsWith(one, i));
    if (operator) return { field: term.slice(0, i), operator, value: term.slice(i + operator.length) };
  }
  return undefined;
}

function unescape(value: string): string {
  let plain = '';
  for (let i = 0; i < value.length; i++) {
    const char = value.charAt(i);
    if (char === '\\') {
      const next = value.charAt(++i);
      if (next === '' || !'\\,='.includes(next)) throw new SelectorError(`invalid field selector: invalid escape sequence: \\${next}`);
      plain += next;
    } else if (char === ',' || char === '=') throw new SelectorError(`invalid field selector: unescaped character in value: ${char.charCodeAt(0)}`);
    else plain += char;
  }
  return plain;
}
