import type { LabelSelector } from '../api/generated/meta-v1.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import { SelectorError } from '../apimachinery/selectors/errors.ts';
import { labelSelectorOf } from '../apimachinery/selectors/label-selector.ts';

type Labels = Readonly<Record<string, string>>;

export type LabelMatcher = (labels: Labels | undefined) => boolean;

const matchers = new WeakMap<object, LabelMatcher>();

/**
 * Whether labels satisfy a selector of an object. No selector matches nothing, an empty one everything; one that cannot be read, which
 * validation lets nobody write, matches nothing. Compiled once per selector object.
 */
export function matcherOf(selector: DeepReadonly<LabelSelector> | undefined): LabelMatcher {
  if (!selector) return () => false;
  let matcher = matchers.get(selector);
  if (!matcher) {
    matcher = compile(selector);
    matchers.set(selector, matcher);
  }
  return matcher;
}

function compile(selector: DeepReadonly<LabelSelector>): LabelMatcher {
  try {
    const compiled = labelSelectorOf(selector);
    return (labels) => compiled.matches(labels);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    return () => false;
  }
}

export function isEmptySelector(selector: DeepReadonly<LabelSelector> | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions?.length ?? 0) === 0;
}

/** Whether labels hold every pair of a plain map, as the selectors of Services and ReplicationControllers are. */
export function matchesLabels(selector: Labels | undefined, labels: Labels | undefined): boolean {
  for (const [key, value] of Object.entries(selector ?? {})) if (labelOf(labels, key) !== value) return false;
  return true;
}

function labelOf(labels: Labels | undefined, key: string): string | undefined {
  return labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
}
