/** Environment variables. Source: kubernetes pkg/apis/core/validation, ValidateEnv and ValidateEnvFrom. */
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import { isDns1123Label, isDns1123Subdomain, subdomainName } from '../../../apimachinery/validation/names.ts';
import { addInvalid, isConfigMapKey, isEnvVarName } from '../../../apimachinery/validation/values.ts';
import type { EnvFromSource, EnvVar, FileKeySelector, PodSpec } from '../../generated/core-v1.ts';
import { envFieldPaths, validateFieldRef, validateResourceFieldRef } from './downward-api.ts';
import { validateNoBacksteps } from './paths.ts';

const SEVERAL_TEXT = 'may not have more than one field specified at a time';

export function validateEnv(vars: DeepReadonly<EnvVar[]> | undefined, path: FieldPath, errors: FieldErrors): void {
  vars?.forEach((one, i) => {
    const at = path.index(i);
    if (!one.name) errors.required(at.child('name'));
    else addInvalid(errors, at.child('name'), one.name, isEnvVarName(one.name));
    validateValueFrom(one, at.child('valueFrom'), errors);
  });
}

function validateValueFrom({ value, valueFrom }: DeepReadonly<EnvVar>, path: FieldPath, errors: FieldErrors): void {
  if (!valueFrom) return;
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom;
  if (fieldRef) validateFieldRef(fieldRef, envFieldPaths, path.child('fieldRef'), errors);
  if (resourceFieldRef) validateResourceFieldRef(resourceFieldRef, false, path.child('resourceFieldRef'), errors);
  if (configMapKeyRef) validateKeyRef(configMapKeyRef, path.child('configMapKeyRef'), errors);
  if (secretKeyRef) validateKeyRef(secretKeyRef, path.child('secretKeyRef'), errors);
  if (fileKeyRef) validateFileKeyRef(fileKeyRef, path.child('fileKeyRef'), errors);
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter(Boolean).length;
  if (sources === 0) errors.invalid(path, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`');
  else if (value) errors.invalid(path, '', 'may not be specified when `value` is not empty');
  else if (sources > 1) errors.invalid(path, '', SEVERAL_TEXT);
}

function validateKeyRef({ name = '', key }: { readonly name?: string; readonly key: string }, path: FieldPath, errors: FieldErrors): void {
  addInvalid(errors, path.child('name'), name, isDns1123Subdomain(name));
  if (!key) errors.required(path.child('key'));
  else addInvalid(errors, path.child('key'), key, isConfigMapKey(key));
}

function validateFileKeyRef({ volumeName, path: file, key }: DeepReadonly<FileKeySelector>, path: FieldPath, errors: FieldErrors): void {
  if (!key) errors.required(path.child('key'));
  else addInvalid(errors, path.child('key'), key, isEnvVarName(key));
  if (!volumeName) errors.required(path.child('volumeName'));
  else addInvalid(errors, path.child('volumeName'), volumeName, isDns1123Label(volumeName));
  if (!file) errors.required(path.child('path'));
  else validateNoBacksteps(file, path.child('path'), errors);
}

const LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** Files of variables lie in directories that the pod itself makes. Source: KEP-3721; validateFileKeyRefVolumes. */
export function validateEnvFileVolumes(spec: DeepReadonly<PodSpec>, path: FieldPath, errors: FieldErrors): void {
  for (const list of LISTS) {
    spec[list]?.forEach(({ env }, i) => {
      env?.forEach(({ valueFrom }, j) => {
        if (!valueFrom?.fileKeyRef) return;
        const { volumeName } = valueFrom.fileKeyRef;
        const at = path.child(list).index(i).child('env').index(j).child('valueFrom', 'fileKeyRef', 'volumeName');
        const volume = spec.volumes?.findLast(({ name }) => name === volumeName);
        if (!volume) errors.notFound(at, volumeName);
        else if (!volume.emptyDir) errors.invalid(at, volumeName, 'referenced volume must be of type emptyDir');
      });
    });
  }
}

export function validateEnvFrom(sources: DeepReadonly<EnvFromSource[]> | undefined, path: FieldPath, errors: FieldErrors): void {
  sources?.forEach(({ prefix, configMapRef, secretRef }, i) => {
    const at = path.index(i);
    if (prefix) addInvalid(errors, at.child('prefix'), prefix, isEnvVarName(prefix));
    if (configMapRef) validateSourceName(configMapRef.name, at.child('configMapRef'), errors);
    if (secretRef) validateSourceName(secretRef.name, at.child('secretRef'), errors);
    if (!configMapRef && !secretRef) errors.invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`');
    else if (configMapRef && secretRef) errors.invalid(path, '', SEVERAL_TEXT);
  });
}

/** Upstream judges these names as beginnings of names, which may end in a dash. */
function validateSourceName(name: string | undefined, path: FieldPath, errors: FieldErrors): void {
  if (!name) errors.required(path.child('name'));
  else addInvalid(errors, path.child('name'), name, subdomainName(name, true));
}
