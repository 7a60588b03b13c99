import { invalid } from '../../../apimachinery/status.ts';
import { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import type { AdmissionAttributes } from '../plugin.ts';

type Labels = Readonly<Record<string, string>> | undefined;

const PREFIX = 'pod-security.kubernetes.io/';
const LEVELS = ['privileged', 'baseline', 'restricted'];
const VERSION = /^(latest|v1\.(0|[1-9][0-9]*))$/;

function faultsOf(labels: Labels): FieldErrors {
  const errors = new FieldErrors();
  for (const mode of ['enforce', 'audit', 'warn']) {
    const [levelKey, versionKey] = [PREFIX + mode, `${PREFIX}${mode}-version`];
    const [level, version] = [labels?.[levelKey], labels?.[versionKey]];
    const path = FieldPath.of('metadata.labels');
    if (level !== undefined && !LEVELS.includes(level)) errors.invalid(path.key(levelKey), level, `must be one of ${LEVELS.join(', ')}`);
    if (version !== undefined && !VERSION.test(version)) errors.invalid(path.key(versionKey), version, 'must be "latest" or "v1.x"');
  }
  return errors;
}

/** Refuses a namespace whose labels name no level; an update may leave alone what was wrong before. Throws StatusError 422. */
export function validateNamespaceLabels({ name, object, oldObject }: AdmissionAttributes): void {
  const { causes } = faultsOf(object?.metadata.labels);
  if (causes.length === 0) return;
  if (oldObject && JSON.stringify(faultsOf(oldObject.metadata.labels).causes) === JSON.stringify(causes)) return;
  throw invalid({ group: '', kind: 'Namespace' }, name, causes);
}
