/** An API server in a pod, of `flunders`: believes the front proxy's certificate about who asks, and asks the API server whether they may. */
import { createServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { answering, apiServer, ask, ownCertificate, type Answer, type Asked } from './serve.ts';

const GROUP = 'wardle.example.com';
const VERSION = `${GROUP}/v1alpha1`;
const VERBS: Readonly<Record<string, string>> = { GET: 'get', POST: 'create', DELETE: 'delete' };
interface Flunder {
  readonly metadata: { readonly name: string };
}

const { data } = await ask<{ data: Record<string, string> }>(`${apiServer()}/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication`);
const frontProxies = JSON.parse(data['requestheader-allowed-names'] ?? '[]') as string[];
const flunders = new Map<string, Flunder>();

const refused = (code: number, reason: string): Answer => ({ status: code, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code, reason, message: `${reason} by the extension` } });

/** No name at all in the list: whoever has a certificate of that authority. */
function isFrontProxy({ socket }: Asked['request']): boolean {
  const { subject } = (socket as TLSSocket).getPeerCertificate();
  return (socket as TLSSocket).authorized && (frontProxies.length === 0 || frontProxies.includes(subject.CN as string));
}

async function isAllowed({ headersDistinct }: Asked['request'], resourceAttributes: object): Promise<boolean> {
  const [user] = headersDistinct['x-remote-user'] ?? [];
  const spec = { user, groups: headersDistinct['x-remote-group'], resourceAttributes };
  const { status } = await ask<{ status: { allowed: boolean } }>(`${apiServer()}/apis/authorization.k8s.io/v1/subjectaccessreviews`, { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec });
  return status.allowed;
}

function discovery(path: string): Answer | undefined {
  const version = { groupVersion: VERSION, version: 'v1alpha1' };
  if (path === '/apis') return { body: { kind: 'APIGroupList', apiVersion: 'v1', groups: [{ name: GROUP, versions: [version], preferredVersion: version }] } };
  if (path !== `/apis/${VERSION}`) return undefined;
  return { body: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: VERSION, resources: [{ name: 'flunders', singularName: 'flunder', namespaced: true, kind: 'Flunder', verbs: ['create', 'delete', 'get', 'list'] }] } };
}

function act(verb: string, name: string, namespace: string, body: string): Answer {
  const whole = (flunder: Flunder): object => ({ kind: 'Flunder', apiVersion: VERSION, ...flunder, metadata: { ...flunder.metadata, namespace, uid: 'one', resourceVersion: '1' } });
  if (verb === 'list') return { body: { kind: 'FlunderList', apiVersion: VERSION, metadata: { resourceVersion: '1' }, items: [...flunders.values()].map(whole) } };
  if (verb === 'create') {
    const made = JSON.parse(body) as Flunder;
    flunders.set(made.metadata.name, made);
    return { status: 201, body: whole(made) };
  }
  const found = flunders.get(name);
  if (verb === 'delete') flunders.delete(name);
  return found ? { body: whole(found) } : refused(404, 'NotFound');
}

createServer({ ...ownCertificate(), requestCert: true, rejectUnauthorized: false, ca: data['requestheader-client-ca-file'] }, answering(async ({ url, body, request }) => {
  if (!isFrontProxy(request)) return refused(401, 'Unauthorized');
  const [, , , version, , namespace = '', resource, name = ''] = url.pathname.split('/');
  const found = discovery(url.pathname);
  if (found) return found;
  if (version !== 'v1alpha1' || resource !== 'flunders') return refused(404, 'NotFound');
  const verb = request.method === 'GET' && name === '' ? 'list' : (VERBS[request.method ?? ''] ?? '');
  if (!(await isAllowed(request, { namespace, verb, group: GROUP, resource }))) return refused(403, 'Forbidden');
  return act(verb, name, namespace, body);
})).listen(8444, '::');
