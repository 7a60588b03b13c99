/** A webhook in a pod: denies config maps that say `webhook-e2e-test: webhook-disallow`, adds to those that say `mutation-start: yes`. */
import { createServer } from 'node:https';
import { answering, ownCertificate } from './serve.ts';

interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: { readonly uid: string; readonly object?: { readonly data?: Readonly<Record<string, string>> } };
}

const ALLOWED = { allowed: true };

function validated({ request }: Review): object {
  const isBad = request.object?.data?.['webhook-e2e-test'] === 'webhook-disallow';
  return isBad ? { allowed: false, status: { message: 'the configmap contains unwanted key and value' } } : ALLOWED;
}

function mutated({ request }: Review): object {
  if (request.object?.data?.['mutation-start'] !== 'yes') return ALLOWED;
  const patch = [{ op: 'add', path: '/data/mutation-stage-1', value: 'yes' }];
  return { allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
}

createServer(ownCertificate(), answering(({ url, body }) => {
  if (url.pathname === '/readyz') return { body: 'ok' };
  const review = JSON.parse(body) as Review;
  const response = url.pathname === '/mutating-configmaps' ? mutated(review) : validated(review);
  return { body: { apiVersion: review.apiVersion, kind: review.kind, response: { uid: review.request.uid, ...response } } };
})).listen(8444, '::');
