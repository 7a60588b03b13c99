/** Source: pkg/apis/storage/validation, ValidateVolumeAttachment and ValidateVolumeAttachmentV1. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateImmutable } from '../../apimachinery/validation/immutable.ts';
import { isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { validateInlineVolume } from '../core/volume-validation.ts';
import type { VolumeAttachment, VolumeAttachmentSource, VolumeError } from '../generated/storage-v1.ts';
import { goForm } from '../go-form.ts';
import { addInvalid } from '../path-segment.ts';
import { validateDriverName } from './validation.ts';

const SPEC = FieldPath.of('spec');
const STATUS = FieldPath.of('status');
const MAX_METADATA_BYTES = 256 * 1024;
const MAX_MESSAGE = 1024;
const ONE_OF = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';

function validateSource({ persistentVolumeName, inlineVolumeSpec }: DeepReadonly<VolumeAttachmentSource>, path: FieldPath, errors: FieldErrors): void {
  if (persistentVolumeName === undefined && !inlineVolumeSpec) errors.required(path, ONE_OF);
  else if (persistentVolumeName !== undefined && inlineVolumeSpec) errors.forbidden(path, ONE_OF);
  else if (persistentVolumeName === '') errors.required(path.child('persistentVolumeName'), 'must specify non empty persistentVolumeName');
  else if (inlineVolumeSpec) validateInlineVolume(inlineVolumeSpec, path.child('inlineVolumeSpec'), errors);
}

function validateError(error: DeepReadonly<VolumeError> | undefined, path: FieldPath, errors: FieldErrors): void {
  if (!error) return;
  if (Buffer.byteLength(error.message ?? '') > MAX_MESSAGE) errors.tooLong(path.child('message'), MAX_METADATA_BYTES);
  if (error.errorCode !== undefined && error.errorCode < 0) errors.invalid(path.child('errorCode'), error.errorCode, 'must be between 0 and 2147483647, inclusive');
}

export function validateVolumeAttachment({ spec, status }: DeepReadonly<VolumeAttachment>, errors: FieldErrors): void {
  const { persistentVolumeName } = spec.source;
  validateSource(spec.source, SPEC.child('source'), errors);
  addInvalid(isDns1123Subdomain(spec.nodeName), spec.nodeName, SPEC.child('nodeName'), errors);
  const bytes = Object.entries(status?.attachmentMetadata ?? {}).reduce((sum, entry) => sum + Buffer.byteLength(entry.join('')), 0);
  if (bytes > MAX_METADATA_BYTES) errors.tooLong(STATUS.child('attachmentMetadata'), MAX_METADATA_BYTES);
  validateError(status?.attachError, STATUS.child('attachError'), errors);
  validateError(status?.detachError, STATUS.child('detachError'), errors);
  // What only v1 asks for comes last.
  validateDriverName(spec.attacher, SPEC.child('attacher'), errors);
  if (persistentVolumeName !== undefined) addInvalid(isDns1123Subdomain(persistentVolumeName), persistentVolumeName, SPEC.child('source', 'persistentVolumeName'), errors);
}

export function validateVolumeAttachmentUpdate(object: DeepReadonly<VolumeAttachment>, old: DeepReadonly<VolumeAttachment>, errors: FieldErrors): void {
  validateImmutable(object.spec, old.spec, SPEC, errors, goForm('storage.v1.VolumeAttachmentSpec', object.spec, ['attacher', 'source', 'nodeName']));
}

/** Of the status alone: the spec is the stored one. */
export function validateAttachmentStatus(object: DeepReadonly<VolumeAttachment>, _old: unknown, errors: FieldErrors): void {
  validateVolumeAttachment(object, errors);
}
