/** Restart policies of single containers. Source: kubernetes pkg/apis/core/validation, validateContainerRestartPolicy. */
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import type { Container } from '../../generated/core-v1.ts';

const policies: ReadonlySet<string> = new Set(['Always', 'Never', 'OnFailure']);
const actions: ReadonlySet<string> = new Set(['Restart', 'RestartAllContainers']);
const operators: ReadonlySet<string> = new Set(['In', 'NotIn']);
const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;

export function validateRestartRules({ restartPolicy, restartPolicyRules = [] }: DeepReadonly<Container>, path: FieldPath, errors: FieldErrors): void {
  const at = path.child('restartPolicyRules');
  if (restartPolicy === undefined) {
    if (restartPolicyRules.length > 0) errors.required(path.child('restartPolicy'), 'must specify restartPolicy when restart rules are used');
    return;
  }
  if (!policies.has(restartPolicy)) errors.notSupported(path.child('restartPolicy'), restartPolicy, policies);
  if (restartPolicyRules.length > MAX_RULES) errors.tooMany(at, restartPolicyRules.length, MAX_RULES);
  restartPolicyRules.forEach(({ action, exitCodes }, i) => {
    const rule = at.index(i);
    if (!actions.has(action)) errors.notSupported(rule.child('action'), action, actions);
    if (!exitCodes) return errors.required(rule.child('exitCodes'), 'must be specified');
    const { operator, values = [] } = exitCodes;
    if (!operators.has(operator)) errors.notSupported(rule.child('exitCodes', 'operator'), operator, operators);
    if (values.length > MAX_EXIT_CODES) errors.tooMany(rule.child('exitCodes', 'values'), values.length, MAX_EXIT_CODES);
  });
}
