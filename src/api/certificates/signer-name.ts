/** Names of signers: `example.com/signer-name`. Source: pkg/apis/core/validation, ValidateSignerName. */
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../apimachinery/validation/names.ts';

const MAX_DOMAIN = 253;
/** A domain, a slash, and a path of a label and a subdomain. */
const MAX_NAME = MAX_DOMAIN + 1 + 253 + 63 + 1;

/** Of the labels of one part, only the first that is wrong is told. */
function validateLabels(part: string, rule: (label: string) => string[], path: FieldPath, errors: FieldErrors): void {
  const label = part.split('.').find((one) => rule(one).length > 0);
  if (label === undefined) return;
  for (const text of rule(label)) errors.invalid(path, part, `validating label ${JSON.stringify(label)}: ${text}`);
}

export function validateSignerName(name: string, path: FieldPath, errors: FieldErrors): void {
  if (name === '') {
    errors.required(path);
    return;
  }
  const [domain = '', signer = '', ...rest] = name.split('/');
  if (rest.length > 0 || !name.includes('/')) {
    errors.invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'");
    return;
  }
  if (domain.length > MAX_DOMAIN) errors.tooLong(path, MAX_DOMAIN);
  validateLabels(domain, isDns1123Label, path, errors);
  if (!domain.includes('.')) errors.invalid(path, domain, 'should be a domain with at least two segments separated by dots');
  validateLabels(signer, isDns1123Subdomain, path, errors);
  if (name.length > MAX_NAME) errors.tooLong(path, MAX_NAME);
}
