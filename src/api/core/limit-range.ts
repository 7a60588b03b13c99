import { defaultColumns } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { LimitRange, LimitRangeItem } from '../generated/core-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { validateLimitRange } from './limit-range-validation.ts';
import { anew } from '../update-orders.ts';

/** For containers, what is not said of the default follows from the maximum, of the default request from the default, then from the minimum. */
function defaultItem(item: LimitRangeItem): void {
  if (item.type !== 'Container') return;
  item.default = { ...item.max, ...item.default };
  item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest };
  if (Object.keys(item.default).length === 0) delete item.default;
  if (Object.keys(item.defaultRequest).length === 0) delete item.defaultRequest;
}

export const limitRange: KindDefinition<LimitRange> = defineKind<LimitRange>({
  group: '', kind: 'LimitRange', resource: 'limitranges', namespaced: true, shortNames: ['limits'],
  versions: [{ version: 'v1', message: 'core.v1.LimitRange' }],
  updateRules: anew,
  allowCreateOnUpdate: true,
  default({ spec }) {
    for (const item of spec.limits ?? []) defaultItem(item);
  },
  /** One without a name gets one that nobody else has: its uid. */
  prepareForCreate({ metadata }) {
    metadata.name ||= metadata.uid ?? '';
  },
  validate: validateLimitRange,
  columns: defaultColumns,
});
