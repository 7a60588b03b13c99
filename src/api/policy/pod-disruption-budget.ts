import { pathSegmentName } from '../../apimachinery/validation/names.ts';
import { ageColumn, integerColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { PodDisruptionBudget } from '../generated/policy-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { keepStatus } from '../status-fields.ts';
import { validateBudget, validateBudgetStatus } from './validation.ts';

export const podDisruptionBudget: KindDefinition<PodDisruptionBudget> = defineKind<PodDisruptionBudget>({
  group: 'policy', kind: 'PodDisruptionBudget', resource: 'poddisruptionbudgets', namespaced: true, shortNames: ['pdb'],
  versions: [{ version: 'v1', message: 'policy.v1.PodDisruptionBudget' }],
  validatesMetadata: false,
  updateRules: ['validate'],
  validateName: pathSegmentName,
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  subresources: { status: { validateUpdate: validateBudgetStatus } },
  prepareForCreate(object) {
    object.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  },
  validate: validateBudget,
  prepareForUpdate: keepStatus,
  columns: [
    nameColumn,
    textColumn('Min Available', 'The minimum number of pods that must be available.', ({ spec }) => String(spec.minAvailable ?? 'N/A')),
    textColumn('Max Unavailable', 'The maximum number of pods that may be unavailable.', ({ spec }) => String(spec.maxUnavailable ?? 'N/A')),
    integerColumn('Allowed Disruptions', 'Calculated number of pods that may be disrupted at this time.', ({ status }) => status.disruptionsAllowed ?? 0),
    ageColumn,
  ],
});
