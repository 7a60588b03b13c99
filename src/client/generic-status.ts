import { goQuote } from '../apimachinery/go-quote.ts';
import { failure, type StatusError } from '../apimachinery/status.ts';
import type { TransportResponse } from './transport.ts';

const MAX_TEXT = 1024;

/** What is said of a refusal that came without a Status, by code. Source: apimachinery pkg/api/errors, NewGenericServerResponse. */
const MEANINGS: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  400: ['BadRequest', 'the server rejected our request for an unknown reason'],
  401: ['Unauthorized', 'the server has asked for the client to provide credentials'],
  404: ['NotFound', 'the server could not find the requested resource'],
  405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
  410: ['Gone', 'the server has no such resource any more'],
  422: ['Invalid', 'the server rejected our request due to an error in our request'],
  429: ['TooManyRequests', 'the server has received too many requests and has asked us to try again later'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: ['Timeout', 'the server was unable to return a response in the time allotted, but may still be processing the request'],
};

/** Those in which the text of the answer is the message. */
const SAID_BY_SERVER: Readonly<Record<number, readonly [reason: string, fallback: string]>> = {
  403: ['Forbidden', 'the server refused the request'],
  406: ['NotAcceptable', 'the server was unable to respond with a content type that the client supports'],
  415: ['UnsupportedMediaType', 'the server does not support the media type of the request'],
};

/** A Status for an answer that has none: from something between the client and the server, or for a path that nobody serves. */
export function genericStatusError(response: TransportResponse, { method, path }: { readonly method: string; readonly path: string }): StatusError {
  const text = typeof response.body === 'string' ? response.body.trim().slice(0, MAX_TEXT) : '';
  const object = subjectOf(path);
  const subject = object === '' ? '' : ` (${method.toLowerCase()} ${object})`;
  const said = SAID_BY_SERVER[response.status];
  if (said) return failure(response.status, said[0], `${text || said[1]}${subject}`);
  if (response.status === 409) return failure(409, method === 'POST' ? 'AlreadyExists' : 'Conflict', `the server reported a conflict${subject}`);
  const [reason, message] = MEANINGS[response.status] ?? (response.status >= 500 ? ['InternalError', `an error on the server (${goQuote(text || 'unknown')}) has prevented the request from succeeding`] : ['', `the server responded with the status code ${response.status} but did not return more information`]);
  return failure(response.status, reason, `${message}${subject}`);
}

/** `pods web`, `deployments.apps`: what a path is about; empty for one that is about no resource. */
function subjectOf(path: string): string {
  const match = /^\/(?:api\/[^/]+|apis\/([^/]+)\/[^/]+)(?:\/namespaces\/[^/]+(?=\/))?\/([^/]+)(?:\/([^/]+))?/.exec(path);
  const [, group, resource, name] = match ?? [];
  if (resource === undefined) return '';
  return `${group === undefined ? resource : `${resource}.${group}`}${name === undefined ? '' : ` ${name}`}`;
}
