/** Source: kubernetes pkg/apis/core/validation, validateWindowsSecurityContextOptions. */
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import { isDns1123Subdomain } from '../../../apimachinery/validation/names.ts';
import { addInvalid } from '../../../apimachinery/validation/values.ts';
import type { WindowsSecurityContextOptions } from '../../generated/core-v1.ts';

const MAX_CREDENTIAL_KIB = 64;
const MAX_DOMAIN = 256;
const MAX_USER = 104;
const NET_BIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

export function validateWindowsOptions(options: DeepReadonly<WindowsSecurityContextOptions> | undefined, path: FieldPath, errors: FieldErrors): void {
  if (!options) return;
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options;
  if (gmsaCredentialSpecName !== undefined) {
    addInvalid(errors, path.child('gmsaCredentialSpecName'), gmsaCredentialSpecName, isDns1123Subdomain(gmsaCredentialSpecName));
  }
  const at = path.child('gmsaCredentialSpec');
  if (gmsaCredentialSpec === '') errors.invalid(at, '', 'gmsaCredentialSpec cannot be an empty string');
  else if (gmsaCredentialSpec !== undefined && gmsaCredentialSpec.length > MAX_CREDENTIAL_KIB * 1024) {
    errors.invalid(at, gmsaCredentialSpec, `gmsaCredentialSpec size must be under ${MAX_CREDENTIAL_KIB} KiB`);
  }
  if (runAsUserName !== undefined) addInvalid(errors, path.child('runAsUserName'), runAsUserName, userNameFaults(runAsUserName).map((text) => `runAsUserName${text}`));
}

/** `DOMAIN\USER`, or USER alone. */
function userNameFaults(name: string): string[] {
  if (name === '') return [' cannot be an empty string'];
  if (Array.from(name).some((character) => character < ' ' || character === '\u007f')) return [' cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return [' cannot contain more than one backslash'];
  const user = parts.at(-1) ?? '';
  const domain = parts.length === 2 ? (parts[0] ?? '') : undefined;
  const texts: string[] = [];
  if (domain !== undefined && domain.length >= MAX_DOMAIN) texts.push(`'s Domain length must be under ${MAX_DOMAIN} characters`);
  if (domain !== undefined && !NET_BIOS.test(domain) && !DNS.test(domain)) texts.push("'s Domain doesn't match the NetBios nor the DNS format");
  if (user === '') texts.push("'s User cannot be empty");
  else if (user.length > MAX_USER) texts.push(`'s User length must not be longer than ${MAX_USER} characters`);
  if (/^[. ]+$/.test(user)) texts.push("'s User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) texts.push("'s User cannot contain the following characters: \"/\\:;|=,+*?<>@[]");
  return texts;
}
