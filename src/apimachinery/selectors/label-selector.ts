import type { DeepReadonly } from '../meta.ts';
import type { LabelSelectorShape } from '../validation/labels.ts';
import { SelectorError } from './errors.ts';
import { parseRequirements } from './parse.ts';
import { int64Of, requirement, type Requirement, type SelectorOperator } from './requirement.ts';

export type Labels = Readonly<Record<string, string>> | undefined;
/** What selects objects by their labels. Compiled once, then asked for every object. */
export interface LabelSelector {
  readonly requirements: readonly Requirement[];
  /** True: it matches everything, so that callers need not ask. */
  readonly isEverything: boolean;
  matches(labels: Labels): boolean;
  /** In the notation of `labelSelector=`. */
  toString(): string;
}

/** Reads `app=web,tier in (a,b),!canary`. Throws SelectorError. Source: apimachinery pkg/labels. */
export function parseLabelSelector(text: string): LabelSelector {
  return text === '' ? everything : selectorOf(parseRequirements(text));
}

/** The selector of a meta/v1 LabelSelector: absent selects nothing, empty everything. Throws SelectorError. */
export function labelSelectorOf(selector: DeepReadonly<LabelSelectorShape> | null | undefined): LabelSelector {
  if (!selector) return nothing;
  const requirements = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => requirement(key, '=', [value]));
  for (const one of selector.matchExpressions ?? []) {
    const operator = OPERATORS_OF_OBJECTS[one.operator];
    if (!operator) throw new SelectorError(`${JSON.stringify(one.operator)} is not a valid label selector operator`);
    requirements.push(requirement(one.key, operator, one.values ?? []));
  }
  return selectorOf(requirements);
}

/** A selector of exactly these labels; they are not checked. */
export function selectorFromSet(labels: Readonly<Record<string, string>>): LabelSelector {
  return selectorOf(Object.entries(labels).map(([key, value]) => ({ key, operator: '=', values: [value] })));
}

const OPERATORS_OF_OBJECTS: Readonly<Record<string, SelectorOperator | undefined>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' };

function has(labels: Labels, key: string): labels is Readonly<Record<string, string>> {
  return labels !== undefined && labels !== null && Object.hasOwn(labels, key);
}

function matcher(one: Requirement): (labels: Labels) => boolean {
  const { key, operator, values } = one;
  const [first = ''] = values;
  const set = new Set(values);
  switch (operator) {
    case '=': case '==': return (labels) => has(labels, key) && labels[key] === first;
    case '!=': return (labels) => !has(labels, key) || labels[key] !== first;
    case 'in': return (labels) => has(labels, key) && set.has(labels[key] as string);
    case 'notin': return (labels) => !has(labels, key) || !set.has(labels[key] as string);
    case 'exists': return (labels) => has(labels, key);
    case '!': return (labels) => !has(labels, key);
    case 'gt': case 'lt': {
      const bound = int64Of(first) ?? 0n;
      return (labels) => {
        const value = has(labels, key) ? int64Of(labels[key] as string) : undefined;
        return value !== undefined && (operator === 'gt' ? value > bound : value < bound);
      };
    }
  }
}

function requirementText({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists': return key;
    case '!': return `!${key}`;
    case 'in': case 'notin': return `${key} ${operator} (${values.join(',')})`;
    case 'gt': return `${key}>${values[0]}`;
    case 'lt': return `${key}<${values[0]}`;
    default: return `${key}${operator}${values[0]}`;
  }
}

export function selectorOf(requirements: readonly Requirement[]): LabelSelector {
  const sorted = requirements.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const matchers = sorted.map(matcher);
  return {
    requirements: sorted,
    isEverything: sorted.length === 0,
    matches: (labels) => {
      for (const matches of matchers) if (!matches(labels)) return false;
      return true;
    },
    toString: () => sorted.map(requirementText).join(','),
  };
}

export const everything: LabelSelector = selectorOf([]);
export const nothing: LabelSelector = { requirements: [], isEverything: false, matches: () => false, toString: () => '' };
