import type { LabelSelectorShape } from '../apimachinery/validation/labels.ts';

/** A selector as columns print it: `app=x,tier in (a,b),!old`, by key; `<none>` without requirements. Source: apimachinery meta/v1, FormatLabelSelector. */
export function labelSelectorText(selector: LabelSelectorShape | undefined): string {
  const parts = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` }));
  for (const { key, operator, values = [] } of selector?.matchExpressions ?? []) {
    const list = [...values].sort().join(',');
    const text: Readonly<Record<string, string>> = { In: `${key} in (${list})`, NotIn: `${key} notin (${list})`, Exists: key, DoesNotExist: `!${key}` };
    parts.push({ key, text: text[operator] ?? '<error>' });
  }
  if (parts.length === 0) return '<none>';
  return parts.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map((part) => part.text).join(',');
}
