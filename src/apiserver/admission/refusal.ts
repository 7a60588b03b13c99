import { forbidden, type StatusCause, type StatusError } from '../../apimachinery/status.ts';
import type { AdmissionAttributes } from './plugin.ts';

/** The 403 with which a plugin refuses. A name that is not made yet is told by its prefix. Source: apiserver pkg/admission/errors.go. */
export function refusal(attributes: AdmissionAttributes, why: string, causes?: readonly StatusCause[]): StatusError {
  const { metadata } = attributes.object ?? {};
  const name = attributes.name || metadata?.name || metadata?.generateName || 'Unknown';
  const error = forbidden({ group: attributes.group, resource: attributes.resource }, name, why);
  if (causes) error.status.details = { ...error.status.details, causes: [...causes] };
  return error;
}

/** Whether a request is for this resource itself, or for this subresource of it. */
export function isFor(attributes: AdmissionAttributes, group: string, resource: string, subresource = ''): boolean {
  return attributes.resource === resource && attributes.group === group && attributes.subresource === subresource;
}
