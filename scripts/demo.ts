/** The second half of `npm start`: a cluster of three nodes on real containers, the example of `examples/hello.yaml` on it, and what to do next. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import * as refs from '../src/api/refs.ts';
import type { KubeObject, ResourceRef } from '../src/apimachinery/meta.ts';
import { SystemClock } from '../src/base/clock.ts';
import { loadCertificates } from '../src/cluster/certificates.ts';
import { defaultDataDir } from '../src/cluster/data-dir.ts';
import { adminClient } from '../src/cluster/local-cluster.ts';
import { serverOf } from '../src/cluster/server-record.ts';
import { writeExampleImage } from './example-image.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const program = `${root}bin/kubets.mjs`;
const WAIT_MS = 120_000;

function kubets(...args: string[]): void {
  const { status } = spawnSync(process.execPath, [program, ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

function print(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of rows) console.log(row.map((cell, column) => cell.padEnd((widths[column] ?? 0) + 3)).join('').trimEnd());
}

function fetchText(url: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const request = get(url, { timeout: 2000 }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(`status ${response.statusCode}`))));
  });
  request.on('timeout', () => request.destroy(new Error('no answer'))).on('error', reject);
  return promise;
}

kubets('up', '--nodes', '3', '--runtime', 'containerd');
const images = ['v1', 'v2'].map((version) => ({ version, file: `${root}dist/images/hello-${version}.tar` }));
for (const { file, version } of images) await writeExampleImage(file, version);
kubets('image', 'load', ...images.map(({ file }) => file));

const clock = new SystemClock();
const dataDir = defaultDataDir('default', process.env);
await using client = adminClient(serverOf(dataDir), loadCertificates({ folder: `${dataDir}/pki`, clock, names: { dnsNames: [], ipAddresses: [] } }), clock);
const { signal } = new AbortController();
const kinds: Record<string, ResourceRef> = { Deployment: refs.deployments as ResourceRef, Service: refs.services as ResourceRef };
for (const object of loadAll(readFileSync(`${root}examples/hello.yaml`, 'utf8')) as KubeObject[]) {
  const ref = kinds[object.kind ?? ''];
  if (ref) await client.resource(ref, 'default').patch(object.metadata.name, { type: 'apply', patch: object, force: true }, { signal, fieldManager: 'npm-start' });
}

const deadline = clock.monotonic() + WAIT_MS;
let answer = '';
for (;;) {
  const service = await client.resource(refs.services, 'default').get('hello', { signal });
  const { items: nodes } = await client.resource(refs.nodes).list({ signal });
  const address = nodes[0]?.status.addresses?.find((one) => one.type === 'InternalIP')?.address;
  const deployment = await client.resource(refs.deployments, 'default').get('hello', { signal });
  const url = `http://${address}:${service.spec?.ports?.[0]?.nodePort}/`;
  try {
    if ((deployment.status?.readyReplicas ?? 0) >= 3) answer = `${url} answers: ${(await fetchText(url)).trim()}`;
  } catch (error) {
    if (clock.monotonic() > deadline) throw error;
  }
  if (answer !== '') break;
  if (clock.monotonic() > deadline) throw new Error(`the example did not become ready in ${WAIT_MS / 1000} s; see: kubectl describe pods`);
  await clock.sleep(100, signal);
}

const { items: nodes } = await client.resource(refs.nodes).list({ signal });
const { items: pods } = await client.resource(refs.pods, 'default').list({ signal });
console.log();
print([['NODE', 'PHASE', 'ADDRESS', 'RUNTIME'], ...nodes.map((node) => [node.metadata.name, node.status.phase ?? '', node.status.addresses?.find((one) => one.type === 'InternalIP')?.address ?? '', node.status.nodeInfo.containerRuntimeVersion])]);
console.log();
print([['POD', 'PHASE', 'IP', 'NODE'], ...pods.map((pod) => [pod.metadata.name, pod.status.phase ?? '', pod.status.podIP ?? '', pod.spec.nodeName ?? ''])]);
console.log(`
${answer}

Try:
  kubectl scale deployment hello --replicas=10
  kubectl set image deployment/hello hello=kubets.example/hello:v2
  kubectl drain node-2 --ignore-daemonsets     and then: kubectl uncordon node-2
  node bin/kubets.mjs down                     stops it and removes every trace`);
