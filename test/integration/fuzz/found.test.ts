import assert from 'node:assert/strict';
import { request as httpsRequest } from 'node:https';
import { after, before, suite, test } from 'node:test';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../../support/test-server.ts';

const definition = (versions: unknown): object => ({
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'things.fuzz.example' },
  spec: { group: 'fuzz.example', scope: 'Namespaced', names: { plural: 'things', kind: 'Thing' }, versions },
});

/** What the fuzz test has found once: each has its answer. */
suite('found by the fuzz test', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await ask('POST', '/api/v1/namespaces', { metadata: { name: 'default' } });
  });
  after(() => server[Symbol.asyncDispose]());

  function ask(method: string, path: string, body: unknown, type = 'application/json'): Promise<{ status: number; body: string }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    const request = httpsRequest(`${server.url}${path}`, { method, ca: server.ca, headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': type, 'content-length': String(Buffer.byteLength(text)) } }, (response) => {
      let said = '';
      response.setEncoding('utf8').on('data', (part: string) => (said += part)).on('end', () => resolve({ status: response.statusCode ?? 0, body: said }));
    });
    request.on('error', reject);
    request.end(text);
    return promise;
  }

  const job = { template: { spec: { containers: [{ name: 'a', image: 'a' }], restartPolicy: 'Never' } } };
  for (const { name, method = 'POST', path, body, type, status, says } of [
    { name: 'a definition whose versions are null', path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', body: definition(null), status: 422, says: /must have exactly one version marked as storage version/ },
    { name: 'a cron job without a name', path: '/apis/batch/v1/namespaces/default/cronjobs', body: { apiVersion: 'batch/v1', kind: 'CronJob', metadata: {}, spec: { schedule: '* * * * *', jobTemplate: { spec: job } } }, status: 422, says: /name or generateName is required/ },
    { name: 'an applied configuration whose apiVersion is no text', method: 'PATCH', path: '/api/v1/namespaces/default/configmaps/a?fieldManager=m', body: { apiVersion: false, kind: 'ConfigMap', metadata: { name: 'a' } }, type: 'application/apply-patch+yaml', status: 400, says: /invalid object type: \/, Kind=ConfigMap/ },
    { name: 'DELETE of a path of watches', method: 'DELETE', path: '/api/v1/watch/pods', body: undefined, status: 405, says: /MethodNotAllowed/ },
    { name: 'a secret with null for bytes', path: '/api/v1/namespaces/default/secrets', body: { metadata: { name: 'a' }, data: { a: null } }, status: 201, says: /"data":\{"a":""\}/ },
    { name: 'keys such as __proto__', path: '/api/v1/namespaces/default/configmaps', body: '{"metadata":{"name":"proto","labels":{"constructor":"a"}},"data":{"constructor":"1","toString":"2"}}', status: 201, says: /"data":\{"constructor":"1","toString":"2"\}/ },
    { name: 'a group that is called as what all objects have', path: '/api/v1/nodes', body: { apiVersion: 'toString', kind: 'Node', metadata: { name: 'a' } }, status: 400, says: /no kind \\"Node\\" is registered for version \\"toString\\"/ },
    { name: 'an operator that is called so', path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', body: { spec: { resourceAttributes: { verb: 'list', resource: 'pods', labelSelector: { requirements: [{ key: 'a', operator: 'toString', values: ['b'] }] } } } }, status: 201, says: /labelSelector ignored due to parse error/ },
  ] as { name: string; method?: string; path: string; body: unknown; type?: string; status: number; says: RegExp }[]) {
    test(name, async () => {
      const answer = await ask(method, path, body, type);
      assert.equal(answer.status, status, answer.body);
      assert.match(answer.body, says);
    });
  }
});
