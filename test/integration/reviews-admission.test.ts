/** Reviews are never stored, and pass admission all the same. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { failure } from '../../src/apimachinery/status.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../../src/apiserver/admission/plugin.ts';
import { isExemptFromPolicies } from '../../src/apiserver/admission/webhook/rules.ts';
import { JsonClient } from '../support/json-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const seen: string[] = [];
/** Asks for another pod than was asked for, and forbids to ask about secrets. */
const guard: AdmissionPlugin = {
  name: 'Guard',
  handles: () => true,
  admit({ operation, group, resource, object }: AdmissionAttributes): void {
    seen.push(`${operation} ${resource}.${group} ${object?.kind ?? ''}`);
    const spec = (object as { spec?: { resourceAttributes?: { name?: string } } }).spec;
    if (spec?.resourceAttributes) spec.resourceAttributes.name = 'changed';
  },
  validate({ object }: AdmissionAttributes): void {
    const spec = (object as { spec?: { resourceAttributes?: { resource?: string }; token?: string; namespace?: string } }).spec;
    if (spec?.resourceAttributes?.resource === 'secrets' || spec?.token === 'secret' || spec?.namespace === 'secret') throw failure(403, 'Forbidden', 'not about secrets');
  },
};
let running: TestServer;
let api: JsonClient;

before(async () => {
  running = await startTestServer({ admission: [guard] });
  api = new JsonClient(running.server.port);
});
after(async () => {
  api[Symbol.dispose]();
  await running[Symbol.asyncDispose]();
});

for (const { resource, group, good, bad } of [
  { resource: 'subjectaccessreviews', group: 'authorization.k8s.io', good: { user: 'u', resourceAttributes: { verb: 'get', resource: 'pods' } }, bad: { user: 'u', resourceAttributes: { verb: 'get', resource: 'secrets' } } },
  { resource: 'selfsubjectaccessreviews', group: 'authorization.k8s.io', good: { resourceAttributes: { verb: 'get', resource: 'pods' } }, bad: { resourceAttributes: { verb: 'get', resource: 'secrets' } } },
  { resource: 'selfsubjectrulesreviews', group: 'authorization.k8s.io', good: { namespace: 'default' }, bad: { namespace: 'secret' } },
  { resource: 'tokenreviews', group: 'authentication.k8s.io', good: { token: 'x' }, bad: { token: 'secret' } },
]) {
  test(`${resource} are admitted like what is made`, async () => {
    seen.length = 0;
    const path = `POST /apis/${group}/v1/${resource}`;
    const { status, body } = await api.ask(path, { spec: good });
    assert.equal(status, 201);
    assert.match(seen.join(), new RegExp(`^CREATE ${resource}\\.${group} ${body.kind}$`));
    if ('resourceAttributes' in good) assert.equal(body.spec.resourceAttributes.name, 'changed');
    assert.deepEqual(await api.ask(path, { spec: bad }).then((answer) => [answer.status, answer.body.message]), [403, 'not about secrets']);
    assert.ok(isExemptFromPolicies({ group, resource }));
  });
}

test('who am I is admitted too', async () => {
  seen.length = 0;
  await api.must('POST /apis/authentication.k8s.io/v1/selfsubjectreviews', {});
  assert.deepEqual(seen, ['CREATE selfsubjectreviews.authentication.k8s.io SelfSubjectReview']);
});

test('what is wrong with a review is told before it is judged', async () => {
  const { status } = await api.ask('POST /apis/authorization.k8s.io/v1/subjectaccessreviews', { spec: { resourceAttributes: { resource: 'secrets' } } });
  assert.equal(status, 422);
});
