/** Requests that no common client sends, and what Kubernetes says to them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startJsonApi } from '../support/json-api.ts';
import type { Json } from '../support/json-client.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const { api } = await startJsonApi();
await api.must('POST /api/v1/namespaces', { metadata: { name: 'default' } });
await api.must(`POST ${MAPS}`, { metadata: { name: 'map', labels: { a: 'b' } } });

const token = (content: object): string => Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', ...content })).toString('base64url');

const EMPTY = "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)";

for (const { name, ask, body, headers, status, says } of [
  { name: 'a new object without a body', ask: `POST ${MAPS}`, status: 400, says: EMPTY },
  { name: 'an update without a body', ask: `PUT ${MAPS}/map`, status: 400, says: EMPTY },
  { name: 'HEAD of an object', ask: `HEAD ${MAPS}/map`, status: 405, says: '' },
  { name: 'HEAD of a list', ask: `HEAD ${MAPS}`, status: 405, says: '' },
  { name: 'HEAD of a status', ask: 'HEAD /api/v1/namespaces/default/status', status: 405, says: '' },
  { name: 'a watch in YAML', ask: `GET ${MAPS}?watch=1`, headers: { accept: 'application/yaml' }, status: 406, says: 'only the following media types are accepted: application/json;stream=watch,' },
  { name: 'a watch of what can only be listed', ask: 'GET /api/v1/componentstatuses?watch=1', status: 405, says: 'watch is not supported on resources of kind "componentstatuses"' },
  { name: 'a path with a broken escape', ask: 'GET /api/v1/namespaces/%zz/pods', status: 400, says: '400 Bad Request' },
  { name: 'a watch of nothing', ask: 'GET /api/v1/watch', status: 500, says: 'Internal Server Error: "/api/v1/watch": failed to create RequestInfo: unable to determine kind and namespace from url, /api/v1/watch\n' },
  { name: 'a log of two beginnings and of one stream', ask: 'GET /api/v1/namespaces/default/pods/a/log?sinceSeconds=0&sinceTime=2025-01-01T00:00:00Z&stream=Stdout', status: 422, says: 'PodLogOptions "a" is invalid: [[]: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified, stream: Forbidden: may not be specified]' },
  { name: 'a watch of one object whose selector means another', ask: `GET /api/v1/watch/namespaces/default/configmaps/map?fieldSelector=metadata.name%3Dother`, status: 400, says: "fieldSelector metadata.name doesn't match requested name" },
  { name: 'a watch of one object whose selector means none', ask: `GET /api/v1/watch/namespaces/default/configmaps/map?fieldSelector=metadata.namespace%3Ddefault`, status: 400, says: "fieldSelector metadata.name doesn't match requested name" },
  { name: 'a revision beyond 64 bits', ask: `GET ${MAPS}?resourceVersion=99999999999999999999`, status: 500, says: 'resourceVersion: Invalid value: "99999999999999999999": strconv.ParseUint: parsing "99999999999999999999": value out of range' },
  { name: 'a revision of 64 bits', ask: `GET ${MAPS}?resourceVersion=12345678901234567890`, status: 504, says: 'Too large resource version' },
  { name: 'a match that there is not', ask: `GET ${MAPS}?resourceVersion=1&resourceVersionMatch=Newest`, status: 422, says: 'resourceVersionMatch: Unsupported value: "Newest": supported values: "Exact", "NotOlderThan", ""' },
  { name: 'a page of a revision in quotes', ask: `GET ${MAPS}?continue=${token({ rv: '4', start: 'a' })}`, status: 400, says: 'continue key is not valid: json: cannot unmarshal string into Go struct field continueToken.rv of type int64' },
  { name: 'a page that starts at a number', ask: `GET ${MAPS}?continue=${token({ rv: 4, start: 4 })}`, status: 400, says: 'continue key is not valid: json: cannot unmarshal number into Go struct field continueToken.start of type string' },
  { name: 'a body whose media type has a parameter without a value', ask: `POST ${MAPS}`, headers: { 'content-type': 'application/json; charset' }, status: 415, says: 'the body of the request was in an unknown format' },
  { name: 'a collection to delete of a revision that is no number', ask: `DELETE ${MAPS}?resourceVersion=x`, status: 500, says: 'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax' },
  { name: 'a collection to delete from a page that there is not', ask: `DELETE ${MAPS}?continue=${token({ rv: 4 })}`, status: 400, says: 'invalid continue token: continue key is not valid: encoded start key empty' },
  { name: 'something behind a log', ask: 'GET /api/v1/namespaces/default/pods/a/log/x', status: 404, says: 'the server could not find the requested resource' },
  { name: 'something behind an eviction', ask: 'POST /api/v1/namespaces/default/pods/a/eviction/x', status: 404, says: 'the server could not find the requested resource' },
  { name: 'an update that creates, of a version that is gone', ask: 'PUT /apis/coordination.k8s.io/v1/namespaces/default/leases/gone', body: '{"metadata":{"name":"gone","resourceVersion":"7"}}', status: 201, says: '' },
  { name: 'an update that would create, of an object that is gone', ask: 'PUT /apis/coordination.k8s.io/v1/namespaces/default/leases/other', body: '{"metadata":{"name":"other","uid":"u","resourceVersion":"7"}}', status: 409, says: 'Key: /registry/leases/default/other, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: u, UID in object meta: ' },
  { name: 'an update of another object, where Kubernetes keeps it', ask: 'PUT /api/v1/namespaces/default/endpoints/gone', body: '{"metadata":{"name":"gone","uid":"u"}}', status: 409, says: 'Key: /registry/services/endpoints/default/gone, ' },
  { name: 'a merge patch with a fraction', ask: `PATCH ${MAPS}/map`, body: '{"metadata":{"generation":1.0}}', status: 422, says: '\\"generation\\":1.0' },
  { name: 'a JSON patch with an exponent', ask: `PATCH ${MAPS}/map`, headers: { 'content-type': 'application/json-patch+json' }, body: '[{"op":"add","path":"/metadata/generation","value":2e0}]', status: 422, says: 'json: cannot unmarshal number 2e0 into Go struct field ObjectMeta.metadata.generation of type int64' },
  { name: 'a JSON patch that tests for what is written otherwise', ask: `PATCH ${MAPS}/map`, headers: { 'content-type': 'application/json-patch+json' }, body: '[{"op":"add","path":"/metadata/generation","value":2},{"op":"test","path":"/metadata/generation","value":2.0}]', status: 422, says: 'the server rejected our request due to an error in our request' },
  { name: 'a strategic merge patch with a fraction', ask: `PATCH ${MAPS}/map?dryRun=All`, headers: { 'content-type': 'application/strategic-merge-patch+json' }, body: '{"metadata":{"generation":1.0}}', status: 200, says: '' },
  { name: 'options of a deletion with a fraction', ask: `DELETE ${MAPS}/map`, body: '{"gracePeriodSeconds":5.0}', status: 400, says: 'json: cannot unmarshal number 5.0 into Go struct field DeleteOptions.gracePeriodSeconds of type int64' },
  { name: 'a page of nobody', ask: 'GET /nobody', status: 404, says: '404 page not found\n' },
  { name: 'a page beneath one of the server', ask: 'POST /metrics/nothing', status: 404, says: '404 page not found\n' },
  { name: 'a version that is not served', ask: 'GET /api/v7/pods', status: 404, says: 'the server could not find the requested resource' },
  { name: 'metrics by another method', ask: 'POST /metrics', status: 200, says: 'apiserver_request_total' },
  { name: 'all paths by another method', ask: 'POST /', status: 200, says: '' },
  { name: 'the version by another method', ask: 'PUT /version', status: 405, says: 'the server does not allow this method on the requested resource' },
  { name: 'a proxy as of old', ask: 'GET /api/v1/proxy/namespaces/default/configmaps/map', status: 404, says: 'the server could not find the requested resource' },
  { name: 'a watch of an exact revision', ask: `GET ${MAPS}?watch=1&resourceVersionMatch=Exact&resourceVersion=1`, status: 422, says: '[resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided, resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"]' },
] as { name: string; ask: string; body?: string; headers?: Record<string, string>; status: number; says: string }[]) {
  test(name, async () => {
    const answer = await api.ask(ask, body, headers);
    const said = String(typeof answer.body === 'string' ? answer.body : answer.body.message);
    assert.equal(answer.status, status);
    assert.ok(said.includes(says), said);
  });
}

for (const query of ['labelSelector=%zz', 'labelSelector=c;d', 'labelSelector=a%3Db&labelSelector=%2']) {
  test(`parameters that cannot be read are left out: ${query}`, async () => {
    const { items } = await api.must(`GET ${MAPS}?${query}`);
    assert.deepEqual(items.map((one: Json) => one.metadata.name), ['map']);
  });
}
