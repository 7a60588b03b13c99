/** iSCSI disks, of pods and of persistent volumes. Source: kubernetes pkg/apis/core/validation, validateISCSIVolumeSource and validateISCSIPersistentVolumeSource. */
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import { addInvalid, betweenText } from '../../../apimachinery/validation/values.ts';
import type { ISCSIVolumeSource } from '../../generated/core-v1.ts';

type Iscsi = DeepReadonly<Omit<ISCSIVolumeSource, 'secretRef'>> & { readonly secretRef?: { readonly name?: string } };

const MAX_LUN = 255;
const MAX_INITIATOR = 64;
const LENGTH_TEXT = 'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';

/** `persistentVolume`: the name of one, undefined in pods, where messages are longer. */
export function validateIscsi(source: Iscsi, persistentVolume: string | undefined, path: FieldPath, errors: FieldErrors): void {
  const { targetPortal, iqn, lun, chapAuthDiscovery, chapAuthSession, secretRef, initiatorName } = source;
  const isPod = persistentVolume === undefined;
  if (!targetPortal) errors.required(path.child('targetPortal'));
  if (!isPod) addInvalid(errors, path.child('targetportal'), targetPortal, initiatorLengthFault(persistentVolume, source));
  if (!iqn) errors.required(path.child('iqn'));
  else validateInitiator(iqn, isPod, path.child('iqn'), errors);
  if (lun < 0 || lun > MAX_LUN) errors.invalid(path.child('lun'), lun, betweenText(0, MAX_LUN));
  if ((chapAuthDiscovery || chapAuthSession) && !secretRef) errors.required(path.child('secretRef'));
  if (!isPod && secretRef && !secretRef.name) errors.required(path.child('secretRef', 'name'));
  if (initiatorName !== undefined) validateInitiator(initiatorName, isPod, path.child('initiatorname'), errors);
}

function validateInitiator(name: string, isPod: boolean, path: FieldPath, errors: FieldErrors): void {
  const hasScheme = /^(iqn|eui|naa)/.test(name);
  if (!hasScheme || !isInitiator(name)) errors.invalid(path, name, isPod && !hasScheme ? 'must be valid format starting with iqn, eui, or naa' : 'must be valid format');
}

/** The initiator is named after the volume and the portal together. */
export function initiatorLengthFault(volumeName: string, { initiatorName, targetPortal }: Iscsi): string[] {
  return initiatorName !== undefined && `${volumeName}:${targetPortal}`.length > MAX_INITIATOR ? [LENGTH_TEXT] : [];
}

function isInitiator(name: string): boolean {
  if (name.startsWith('iqn')) return /iqn\.\d{4}-\d{2}\.[0-9A-Za-z\-.]+:[^,;*&$|\s]+$/.test(name);
  if (name.startsWith('eui')) return /^eui.[0-9A-Za-z]{16}$/.test(name);
  return /^naa.[0-9A-Za-z]{32}$/.test(name);
}
