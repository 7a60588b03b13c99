/** What config maps and secrets hold, and when it may not change. Source: kubernetes pkg/apis/core/validation, ValidateConfigMap and ValidateSecret. */
import { isDeepStrictEqual } from 'node:util';
import { jsonSyntaxMessage } from '../../apimachinery/json-syntax.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { IMMUTABLE } from '../../apimachinery/validation/immutable.ts';
import { addInvalid, isConfigMapKey } from '../../apimachinery/validation/values.ts';
import type { ConfigMap, Secret } from '../generated/core-v1.ts';

const MAX_BYTES = 1024 * 1024;
const FROZEN_TEXT = 'field is immutable when `immutable` is set';
const SERVICE_ACCOUNT_ANNOTATION = 'kubernetes.io/service-account.name';

function base64Bytes(text: string): number {
  return Buffer.byteLength(text, 'base64');
}

export function validateConfigMap({ data = {}, binaryData = {} }: DeepReadonly<ConfigMap>, errors: FieldErrors): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(data)) {
    const at = FieldPath.of('data').key(key);
    addInvalid(errors, at, key, isConfigMapKey(key));
    if (Object.hasOwn(binaryData, key)) errors.invalid(at, key, 'duplicate of key present in binaryData');
    bytes += Buffer.byteLength(value);
  }
  for (const [key, value] of Object.entries(binaryData)) {
    addInvalid(errors, FieldPath.of('binaryData').key(key), key, isConfigMapKey(key));
    bytes += base64Bytes(value);
  }
  if (bytes > MAX_BYTES) errors.tooLong(FieldPath.of('[]'), MAX_BYTES);
}

interface Freezable {
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** Once immutable, always immutable, and so is what it holds. */
export function validateFrozen(now: Freezable, old: Freezable, errors: FieldErrors): void {
  if (!old.immutable) return;
  if (!now.immutable) errors.forbidden(FieldPath.of('immutable'), FROZEN_TEXT);
  for (const name of ['data', 'binaryData'] as const) {
    if (!isDeepStrictEqual(now[name] ?? {}, old[name] ?? {})) errors.forbidden(FieldPath.of(name), FROZEN_TEXT);
  }
}

export function validateSecret(secret: DeepReadonly<Secret>, errors: FieldErrors): void {
  const { data = {}, type, metadata } = secret;
  const path = FieldPath.of('data');
  let bytes = 0;
  for (const [key, value] of Object.entries(data)) {
    addInvalid(errors, path.key(key), key, isConfigMapKey(key));
    bytes += base64Bytes(value);
  }
  if (bytes > MAX_BYTES) errors.tooLong(path, MAX_BYTES);
  const require = (key: string, isThere: boolean): void => {
    if (!isThere) errors.required(path.key(key));
  };
  switch (type) {
    case 'kubernetes.io/service-account-token':
      if (!metadata.annotations?.[SERVICE_ACCOUNT_ANNOTATION]) errors.required(FieldPath.of('metadata.annotations').key(SERVICE_ACCOUNT_ANNOTATION));
      break;
    case 'kubernetes.io/dockercfg': return validateJson('.dockercfg', data, path, errors);
    case 'kubernetes.io/dockerconfigjson': return validateJson('.dockerconfigjson', data, path, errors);
    case 'kubernetes.io/basic-auth': {
      const isThere = data['username'] !== undefined || data['password'] !== undefined;
      require('username', isThere);
      return require('password', isThere);
    }
    case 'kubernetes.io/ssh-auth': return require('ssh-privatekey', (data['ssh-privatekey'] ?? '') !== '');
    case 'kubernetes.io/tls':
      require('tls.crt', data['tls.crt'] !== undefined);
      return require('tls.key', data['tls.key'] !== undefined);
    default:
  }
}

export function validateSecretUpdate(secret: DeepReadonly<Secret>, old: DeepReadonly<Secret>, errors: FieldErrors): void {
  if (secret.type !== old.type) errors.invalid(FieldPath.of('type'), secret.type, IMMUTABLE);
  validateFrozen(secret, old, errors);
}

function validateJson(key: string, data: Readonly<Record<string, string>>, path: FieldPath, errors: FieldErrors): void {
  const encoded = data[key];
  if (encoded === undefined) return errors.required(path.key(key));
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const fault = jsonFault(text);
  if (fault) errors.invalid(path.key(key), '<secret contents redacted>', fault);
}

/** What Go's decoder says of a text that is no object. */
function jsonFault(text: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return jsonSyntaxMessage(text);
  }
  if (typeof value === 'object' && !Array.isArray(value)) return undefined;
  const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`;
}
