/** Names of owners on the internet: `acme.io/foo`, `hook.acme.io`. Source: apimachinery pkg/util/validation. */
import type { FieldErrors, FieldPath } from './field-errors.ts';
import { isDns1123Label, isDns1123Subdomain } from './names.ts';

const HTTP_PATH = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

/** `acme.io/foo`: a subdomain, a slash and a path; the message names the part that is wrong. */
export function validateDomainPrefixedPath(value: string, path: FieldPath, errors: FieldErrors): void {
  if (value === '') {
    errors.required(path);
    return;
  }
  const slash = value.indexOf('/');
  const [host, rest] = [value.slice(0, slash), value.slice(slash + 1)];
  if (slash <= 0 || rest === '') {
    errors.invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")');
    return;
  }
  for (const text of isDns1123Subdomain(host)) errors.invalid(path, host, text);
  if (!HTTP_PATH.test(rest)) errors.invalid(path, rest, "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')");
}

/** `hook.acme.io`: a subdomain of a domain. */
export function validateFullyQualifiedName(value: string, path: FieldPath, errors: FieldErrors): void {
  const messages = isDns1123Subdomain(value);
  if (value === '') errors.required(path);
  else if (messages.length > 0) errors.invalid(path, value, messages.join(','));
  else if (value.split('.').length < 3) errors.invalid(path, value, 'should be a domain with at least three segments separated by dots');
}

/** `acme.io` or `acme.io.`. */
export function validateFullyQualifiedDomainName(value: string, path: FieldPath, errors: FieldErrors): void {
  if (value === '') {
    errors.required(path);
    return;
  }
  const name = value.endsWith('.') ? value.slice(0, -1) : value;
  const labels = name.split('.');
  const messages = isDns1123Subdomain(name);
  if (messages.length > 0) errors.invalid(path, name, messages.join(','));
  else if (labels.length < 2) errors.invalid(path, name, 'should be a domain with at least two segments separated by dots');
  else {
    const long = labels.find((label) => isDns1123Label(label).length > 0);
    if (long !== undefined) errors.invalid(path, long, isDns1123Label(long).join(','));
  }
}
