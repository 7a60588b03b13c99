import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { isDns1035Label, isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import type { APIService } from '../generated/apiregistration-v1.ts';
import { addInvalid } from '../path-segment.ts';

const SPEC = FieldPath.of('spec');
const MAX_GROUP_PRIORITY = 20_000;
const MAX_VERSION_PRIORITY = 1000;
const STATUSES = ['True', 'False', 'Unknown'];

/** Source: kube-aggregator pkg/apis/apiregistration/validation. */
export function validateAPIService({ metadata, spec }: DeepReadonly<APIService>, errors: FieldErrors): void {
  const { group = '', version = '', groupPriorityMinimum: groupPriority, versionPriority, service } = spec;
  const name = `${version}.${group}`;
  if (metadata.name !== name) errors.invalid(FieldPath.of('metadata.name'), metadata.name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`);
  if (group === '' && version !== 'v1') errors.required(SPEC.child('group'), 'only v1 may have an empty group and it better be legacy kube');
  if (group !== '') addInvalid(isDns1123Subdomain(group), group, SPEC.child('group'), errors);
  addInvalid(isDns1035Label(version), version, SPEC.child('version'), errors);
  if (groupPriority <= 0 || groupPriority > MAX_GROUP_PRIORITY) errors.invalid(SPEC.child('groupPriorityMinimum'), groupPriority, `must be positive and less than ${MAX_GROUP_PRIORITY}`);
  if (versionPriority <= 0 || versionPriority > MAX_VERSION_PRIORITY) errors.invalid(SPEC.child('versionPriority'), versionPriority, `must be positive and less than ${MAX_VERSION_PRIORITY}`);
  if (!service) {
    if (spec.caBundle) errors.invalid(SPEC.child('caBundle'), `${Buffer.from(spec.caBundle, 'base64').length} bytes`, 'local APIServices may not have a caBundle');
    if (spec.insecureSkipTLSVerify) errors.invalid(SPEC.child('insecureSkipTLSVerify'), spec.insecureSkipTLSVerify, 'local APIServices may not have insecureSkipTLSVerify');
    return;
  }
  if (!service.namespace) errors.required(SPEC.child('service', 'namespace'));
  if (!service.name) errors.required(SPEC.child('service', 'name'));
  const port = service.port ?? 0;
  if (port < 1 || port > 65535) errors.invalid(SPEC.child('service', 'port'), port, 'port is not valid: must be between 1 and 65535, inclusive');
  if (spec.caBundle && spec.insecureSkipTLSVerify) errors.invalid(SPEC.child('insecureSkipTLSVerify'), true, 'may not be true if caBundle is present');
}

/** Of all that a status may say, upstream judges this alone. */
export function validateAPIServiceStatus({ status }: DeepReadonly<APIService>, _old: unknown, errors: FieldErrors): void {
  const path = FieldPath.of('status').child('conditions');
  status.conditions?.forEach((condition, i) => {
    if (!STATUSES.includes(condition.status)) errors.notSupported(path.index(i).child('status'), condition.status, STATUSES);
  });
}
