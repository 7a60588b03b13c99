import { SelectorError } from '../../apimachinery/selectors/errors.ts';
import { parseFieldSelector } from '../../apimachinery/selectors/field-selector.ts';
import { parseLabelSelector } from '../../apimachinery/selectors/label-selector.ts';
import type { AuthorizationAttributes } from './authorizer.ts';

interface SelectorRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

interface Selector {
  readonly requirements: readonly SelectorRequirement[];
}

const OPERATORS: Readonly<Record<string, SelectorRequirement['operator']>> = { in: 'In', '=': 'In', '==': 'In', notin: 'NotIn', '!=': 'NotIn', exists: 'Exists', '!': 'DoesNotExist' };

/**
 * What a request selects, as access reviews say it. What cannot be read, or said there, is left out: a selector only narrows what is asked for. Source: KEP-4601; apiserver
 * plugin/pkg/authorizer/webhook, resourceAttributesFrom.
 */
export function selectorAttributes({ fieldSelector = '', labelSelector = '' }: Pick<AuthorizationAttributes, 'fieldSelector' | 'labelSelector'>): { fieldSelector?: Selector; labelSelector?: Selector } {
  const fields = readable(() => parseFieldSelector(fieldSelector).requirements.map(({ field, operator, value }) => requirementOf(field, operator, [value])));
  const labels = readable(() => parseLabelSelector(labelSelector).requirements.map(({ key, operator, values }) => requirementOf(key, operator, values)));
  return { ...(fields && { fieldSelector: fields }), ...(labels && { labelSelector: labels }) };
}

function requirementOf(key: string, operator: string, values: readonly string[]): SelectorRequirement[] {
  const known = OPERATORS[operator];
  return known === undefined ? [] : [{ key, operator: known, ...(values.length > 0 && { values }) }];
}

function readable(read: () => SelectorRequirement[][]): Selector | undefined {
  try {
    const requirements = read().flat();
    return requirements.length > 0 ? { requirements } : undefined;
  } catch (error) {
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
}
