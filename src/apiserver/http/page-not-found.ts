import type { Answer } from '../answer.ts';

/** The 404 of a path that is nobody's: a plain text, not a Status. Source: apiserver pkg/util/notfoundhandler. */
export function pageNotFound(): Answer {
  return { status: 404, type: 'bytes', contentType: 'text/plain; charset=utf-8', bytes: Buffer.from('404 page not found\n'), headers: { 'x-content-type-options': 'nosniff' } };
}

/** Under what is served by Kubernetes' router, which refuses in a Status what it has no route for; all other paths are looked up as they stand. */
const ROUTED = /^\/(?:apis?|version|openid\/v1\/jwks|\.well-known\/openid-configuration)(?:\/|$)/;

/** Whether a path that leads nowhere is refused in a Status. */
export function isRouted(path: string): boolean {
  return ROUTED.test(path);
}
