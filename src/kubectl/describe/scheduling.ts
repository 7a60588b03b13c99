import type { JsonObject } from '../../apimachinery/patch/json.ts';
import { isObject } from '../../apimachinery/patch/json.ts';
import { at, listAt, mapAt, numberAt, textAt } from '../kube-json.ts';
import { labelLines, selectorText } from './text.ts';

/** Where a pod may run: node selectors, tolerations, spreading. */
export function schedulingLines(spec: unknown, indent: string): string[] {
  return [...labelLines('Node-Selectors', mapAt(spec, 'nodeSelector'), indent), ...tolerationLines(listAt(spec, 'tolerations'), indent)];
}

function tolerationLines(tolerations: readonly JsonObject[], indent: string): string[] {
  if (tolerations.length === 0) return [`${indent}Tolerations:\t<none>`];
  const sorted = [...tolerations].sort((a, b) => (textAt(a, 'key') < textAt(b, 'key') ? -1 : textAt(a, 'key') > textAt(b, 'key') ? 1 : 0));
  return sorted.map((one, index) => `${indent}${index === 0 ? 'Tolerations:' : ''}\t${tolerationText(one)}`);
}

function tolerationText(one: JsonObject): string {
  const [key, value, effect] = [textAt(one, 'key'), textAt(one, 'value'), textAt(one, 'effect')];
  const isBlank = key === '' && effect === '';
  const exists = one['operator'] === 'Exists' && value === '' ? `${isBlank ? '' : ' '}op=Exists` : '';
  return `${key}${value && `=${value}`}${effect && `:${effect}`}${exists}${one['tolerationSeconds'] === undefined ? '' : ` for ${numberAt(one, 'tolerationSeconds')}s`}`;
}

export function spreadLines(spec: unknown, indent: string): string[] {
  const constraints = [...listAt(spec, 'topologySpreadConstraints')].sort((a, b) => (textAt(a, 'topologyKey') < textAt(b, 'topologyKey') ? -1 : 1));
  return constraints.map((one, index) => {
    const selector = isObject(one['labelSelector']) ? ` for selector ${selectorText(at(one, 'labelSelector'))}` : '';
    return `${indent}${index === 0 ? 'Topology Spread Constraints:' : ''}\t${textAt(one, 'topologyKey')}:${textAt(one, 'whenUnsatisfiable')} when max skew ${numberAt(one, 'maxSkew')} is exceeded${selector}`;
  });
}
