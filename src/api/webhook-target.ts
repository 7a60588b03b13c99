/** Where a webhook is: an address, or a service. Source: apiserver pkg/util/webhook/validation.go. */
import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../apimachinery/validation/field-errors.ts';
import { isDns1123Subdomain } from '../apimachinery/validation/names.ts';
import { parseGoUrl } from './go-url.ts';
import { addInvalid } from './path-segment.ts';

const FORM = '; desired format: https://host[/path]';

export function validateWebhookUrl(text: string, path: FieldPath, errors: FieldErrors): void {
  const url = parseGoUrl(text);
  if (typeof url === 'string') {
    errors.required(path, `url must be a valid URL: ${url}${FORM}`);
    return;
  }
  if (url.scheme !== 'https') errors.invalid(path, url.scheme, `'https' is the only allowed URL scheme${FORM}`);
  if (url.host === '') errors.invalid(path, url.host, `host must be specified${FORM}`);
  if (url.user !== undefined) errors.invalid(path, url.user, 'user information is not permitted in the URL');
  if (url.fragment !== '') errors.invalid(path, url.fragment, 'fragments are not permitted in the URL');
  if (url.query !== '') errors.invalid(path, url.query, 'query parameters are not permitted in the URL');
}

function validateServicePath(path: string, at: FieldPath, errors: FieldErrors): void {
  if (path === '/' || path === '') return;
  if (path === '//') {
    errors.invalid(at, path, 'segment[0] may not be empty');
    return;
  }
  if (!path.startsWith('/')) errors.invalid(at, path, "must start with a '/'");
  const segments = path.slice(1).split('/');
  if (segments.at(-1) === '' && segments.length > 1) segments.pop();
  segments.forEach((segment, i) => {
    if (segment === '') errors.invalid(at, path, `segment[${i}] may not be empty`);
    else addInvalid(isDns1123Subdomain(segment).map((text) => `segment[${i}]: ${text}`), path, at, errors);
  });
}

export interface WebhookService {
  readonly name?: string;
  readonly namespace?: string;
  readonly path?: string;
  readonly port?: number;
}

export function validateWebhookService(service: DeepReadonly<WebhookService>, at: FieldPath, errors: FieldErrors): void {
  if (!service.name) errors.required(at.child('name'));
  if (!service.namespace) errors.required(at.child('namespace'));
  const port = service.port ?? 0;
  if (port < 1 || port > 65535) errors.invalid(at.child('port'), port, 'port is not valid: must be between 1 and 65535, inclusive');
  if (service.path !== undefined) validateServicePath(service.path, at.child('path'), errors);
}
