/** What the server says to single requests: one row a request, in order; later rows see what earlier ones wrote. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import { after, before, test } from 'node:test';
import { Command } from 'commander';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { SystemRandom } from '../../src/base/random.ts';
import { addServerFlags, serverOptions, type ServerFlags } from '../../src/cli/server-flags/index.ts';
import { Server } from '../../src/cluster/server.ts';

interface Row {
  readonly name: string;
  /** `GET /api`. */
  readonly ask: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text goes as it is. */
  readonly body?: unknown;
  readonly status: number;
  /** Of a Status. */
  readonly message?: string;
  readonly warnings?: readonly string[];
}

const folder = mkdtempSync(join(tmpdir(), 'kubets-answers-'));
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
const abort = new AbortController();
let server: Server;

before(async () => {
  const tokens = join(folder, 'tokens.csv');
  writeFileSync(tokens, 'T0,admin,admin,system:masters\n');
  const command = new Command('server');
  addServerFlags(command);
  command.parse(['--data-dir', folder, '--store', 'memory', '--bind-address', '127.0.0.1', '--port', '0', '--token-auth-file', tokens, '--controllers', '', '--disable-scheduler'], { from: 'user' });
  server = new Server(serverOptions(command.opts<ServerFlags>()), { clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger });
  await server.start(abort.signal);
});

after(async () => {
  agent.destroy();
  abort.abort();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function answer({ ask, headers = {}, body }: Row): Promise<{ status: number | undefined; message: string | undefined; warnings: string[] }> {
  const [method = '', path = ''] = ask.split(' ');
  const sent = request({ host: '127.0.0.1', port: server.port, method, path, agent, headers: { authorization: 'Bearer T0', 'content-type': 'application/json', ...headers } });
  sent.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const { message } = JSON.parse(await text(response)) as { message?: string };
  const warnings = [response.headers['warning'] ?? []].flat().flatMap((header) => header.split(/, (?=299 )/)).map((one) => one.slice('299 - "'.length, -1).replaceAll('\\"', '"'));
  return { status: response.statusCode, message, warnings };
}

const DEVICES = '/apis/resource.k8s.io/v1';
const adminClaim = { metadata: { name: 'admin' }, spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'a.example', adminAccess: true } }] } } };
const apply = { 'content-type': 'application/apply-patch+yaml' };

const MERGE = { 'content-type': 'application/merge-patch+json' };
const JSON_PATCH = { 'content-type': 'application/json-patch+json' };
const STRATEGIC = { 'content-type': 'application/strategic-merge-patch+json' };
const MAP = '/api/v1/namespaces/default/configmaps/map';

const ROWS: readonly Row[] = [
  { name: 'fields of kinds that have none', ask: 'GET /api/v1/persistentvolumes?fieldSelector=spec.x%3Da', status: 400, message: '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"' },
  { name: 'fields of jobs', ask: 'GET /apis/batch/v1/jobs?fieldSelector=spec.x%3Da', status: 400, message: 'field label "spec.x" not supported for batchv1.Job' },
  { name: 'fields of slices', ask: `GET ${DEVICES}/resourceslices?fieldSelector=spec.x%3Da`, status: 400, message: 'field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: spec.x' },
  { name: 'a namespace of what is in none', ask: 'GET /api/v1/persistentvolumes?fieldSelector=metadata.namespace%3Da', status: 200 },
  { name: 'devices in use, in a namespace without the label', ask: `POST ${DEVICES}/namespaces/default/resourceclaims`, body: adminClaim, status: 422, message: 'ResourceClaim.resource.k8s.io "admin" is invalid: spec.devices.requests[0].adminAccess: Forbidden: admin access to devices requires the `resource.kubernetes.io/admin-access: true` label on the containing namespace' },
  { name: 'a namespace with the label', ask: 'POST /api/v1/namespaces', body: { metadata: { name: 'admins', labels: { 'resource.kubernetes.io/admin-access': 'true' } } }, status: 201 },
  { name: 'devices in use, in a namespace with the label', ask: `POST ${DEVICES}/namespaces/admins/resourceclaims`, body: adminClaim, status: 201 },
  { name: 'a list is no configuration', ask: 'PATCH /api/v1/namespaces/default/configmaps/a?fieldManager=m', headers: apply, body: '[]', status: 400, message: 'error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}' },
  { name: 'nor is a text', ask: 'PATCH /api/v1/namespaces/default/configmaps/a?fieldManager=m', headers: apply, body: '"a"', status: 400, message: 'error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type map[string]interface {}' },
  { name: 'an object to patch', ask: 'POST /api/v1/namespaces/default/configmaps', body: { metadata: { name: 'map' } }, status: 201 },
  { name: 'what a merge patch says twice', ask: `PATCH ${MAP}?dryRun=All`, headers: MERGE, body: '{"data":{"a":"1","a":"2"},"bogus":1}', status: 200, warnings: ['duplicate field "data.a"', 'unknown field "bogus"'] },
  { name: 'refused', ask: `PATCH ${MAP}?fieldValidation=Strict`, headers: MERGE, body: '{"data":{"a":"1","a":"2"}}', status: 422, message: ' "" is invalid: patch: Invalid value: "{\\"data\\":{\\"a\\":\\"1\\",\\"a\\":\\"2\\"}}": strict decoding error: duplicate field "data.a"' },
  { name: 'ignored', ask: `PATCH ${MAP}?dryRun=All&fieldValidation=Ignore`, headers: MERGE, body: '{"data":{"a":"1","a":"2"},"bogus":1}', status: 200 },
  { name: 'unknown parts of operations', ask: `PATCH ${MAP}?dryRun=All`, headers: JSON_PATCH, body: '[{"op":"test","path":"/kind","value":"ConfigMap","vaule":1,"op":"test"}]', status: 200, warnings: ['json patch duplicate field "[0].op"', 'json patch unknown field "[0].vaule"'] },
  { name: 'operations that are no texts', ask: `PATCH ${MAP}`, headers: JSON_PATCH, body: [{ op: 5, path: '/kind' }], status: 400, message: 'error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string' },
  { name: 'a strategic merge patch that says something twice', ask: `PATCH ${MAP}?fieldValidation=Strict`, headers: STRATEGIC, body: '{"data":{"a":"1","a":"2"}}', status: 422, message: ' "" is invalid: patch: Invalid value: "map[data:map[a:2]]": strict decoding error: duplicate field "data.a"' },
  { name: 'a strategic merge patch of null', ask: `PATCH ${MAP}`, headers: STRATEGIC, body: 'null', status: 200 },
];

for (const row of ROWS) test(row.name, async () => assert.deepEqual(await answer(row), { status: row.status, message: row.message, warnings: row.warnings ?? [] }));
