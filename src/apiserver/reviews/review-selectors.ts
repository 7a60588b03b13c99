import type { FieldSelectorAttributes, LabelSelectorAttributes, ResourceAttributes } from '../../api/generated/authorization-v1.ts';
import { SelectorError } from '../../apimachinery/selectors/errors.ts';
import { type FieldRequirement, fieldSelectorOf, parseFieldSelector } from '../../apimachinery/selectors/field-selector.ts';
import { parseLabelSelector, selectorOf } from '../../apimachinery/selectors/label-selector.ts';
import { type Requirement, requirement, type SelectorOperator } from '../../apimachinery/selectors/requirement.ts';

/** What a review says that a request selects. Source: KEP-4601; pkg/registry/authorization/util, ResourceAttributesFrom and BuildEvaluationError. */
export interface ReviewSelectors {
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /** Of what could not be read, and does not narrow the request then. */
  readonly problems: readonly string[];
}

export function reviewSelectors({ fieldSelector, labelSelector }: ResourceAttributes): ReviewSelectors {
  const fields = fieldSelector && read('fieldSelector', () => fieldsOf(fieldSelector));
  const labels = labelSelector && read('labelSelector', () => labelsOf(labelSelector));
  return {
    ...(fields?.text !== undefined && { fieldSelector: fields.text }), ...(labels?.text !== undefined && { labelSelector: labels.text }),
    problems: [fields?.problem, labels?.problem].filter((one) => one !== undefined),
  };
}

/** `lacks`: not all could be read. */
interface Selected {
  readonly text: string;
  readonly lacks: boolean;
}

function read(name: string, selected: () => Selected): { readonly text?: string; readonly problem?: string } {
  const ignored = `spec.resourceAttributes.${name} ignored due to parse error`;
  try {
    const { text, lacks } = selected();
    if (!lacks) return { text };
    return text === '' ? { problem: ignored } : { text, problem: `spec.resourceAttributes.${name} partially ignored due to parse error` };
  } catch (error) {
    if (error instanceof SelectorError) return { problem: ignored };
    throw error;
  }
}

function fieldsOf({ rawSelector = '', requirements = [] }: FieldSelectorAttributes): Selected {
  if (rawSelector !== '') return { text: parseFieldSelector(rawSelector).toString(), lacks: false };
  const known = requirements.flatMap(({ key, operator, values = [] }): FieldRequirement[] => {
    const [value, ...more] = values;
    return value === undefined || more.length > 0 || (operator !== 'In' && operator !== 'NotIn') ? [] : [{ field: key, operator: operator === 'In' ? '=' : '!=', value }];
  });
  return { text: fieldSelectorOf(known).toString(), lacks: known.length < requirements.length };
}

const OPERATORS: ReadonlyMap<string, SelectorOperator> = new Map([['In', 'in'], ['NotIn', 'notin'], ['Exists', 'exists'], ['DoesNotExist', '!']]);

function labelsOf({ rawSelector = '', requirements = [] }: LabelSelectorAttributes): Selected {
  if (rawSelector !== '') return { text: parseLabelSelector(rawSelector).toString(), lacks: false };
  const known = requirements.flatMap(({ key, operator, values = [] }): Requirement[] => {
    const one = OPERATORS.get(operator);
    try {
      return one === undefined ? [] : [requirement(key, one, values)];
    } catch (error) {
      if (error instanceof SelectorError) return [];
      throw error;
    }
  });
  return { text: selectorOf(known).toString(), lacks: known.length < requirements.length };
}
