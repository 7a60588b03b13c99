import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { unless } from '../support/needs.ts';
import { minorOf, stockKubectl } from '../support/stock-kubectl.ts';

const MI = 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), 'kubets-top-'));
const stock = stockKubectl();
/** Before 34 it knows nothing of swap. */
const newest = stock === undefined ? 0 : minorOf(stock);
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

const resources = (groupVersion: string, ...entries: readonly (readonly [string, string, boolean])[]): object => ({ kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: entries.map(([name, kind, namespaced]) => ({ name, singularName: '', kind, namespaced, verbs: ['get', 'list'] })) });
const nodeOf = (name: string, swap?: number): object => ({ metadata: { name }, status: { capacity: { cpu: '8', memory: `${2048 * MI}` }, allocatable: { cpu: '4', memory: `${1024 * MI}` }, nodeInfo: swap === undefined ? {} : { swap: { capacity: swap } } } });
const usage = (cpu: string, mebibytes: number, swap?: number): object => ({ usage: { cpu, memory: `${mebibytes * MI}`, ...(swap !== undefined && { swap: `${swap * MI}` }) } });
const timed = { timestamp: '2026-01-01T00:00:00Z', window: '10s' };
const podOf = (namespace: string, name: string, ...containers: readonly (readonly [string, string, number, number?])[]): object => ({ metadata: { name, namespace }, ...timed, containers: containers.map(([container, ...used]) => ({ name: container, ...usage(...used) })) });
const PODS = [podOf('shop', 'web', ['b', '100m', 10, 3], ['a', '300m', 30, 5]), podOf('shop', 'db', ['db', '250m', 300])];
const list = (kind: string, apiVersion: string, items: readonly object[]): object => ({ kind, apiVersion, metadata: {}, items });

/** What a server with metrics answers. */
const ANSWERS: Readonly<Record<string, object>> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] }, '/api/v1': resources('v1', ['nodes', 'Node', false], ['pods', 'Pod', true]),
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [{ name: 'metrics.k8s.io', versions: [{ groupVersion: 'metrics.k8s.io/v1beta1', version: 'v1beta1' }], preferredVersion: { groupVersion: 'metrics.k8s.io/v1beta1', version: 'v1beta1' } }] },
  '/apis/metrics.k8s.io/v1beta1': resources('metrics.k8s.io/v1beta1', ['nodes', 'NodeMetrics', false], ['pods', 'PodMetrics', true]),
  '/api/v1/nodes': list('NodeList', 'v1', [nodeOf('n1', 100 * MI), nodeOf('n2'), nodeOf('silent')]), '/api/v1/nodes/n1': { kind: 'Node', apiVersion: 'v1', ...nodeOf('n1', 100 * MI) },
  '/apis/metrics.k8s.io/v1beta1/nodes': list('NodeMetricsList', 'metrics.k8s.io/v1beta1', [{ metadata: { name: 'n2' }, ...timed, ...usage('1', 100) }, { metadata: { name: 'n1' }, ...timed, ...usage('500m', 512, 25) }]),
  '/apis/metrics.k8s.io/v1beta1/nodes/n1': { kind: 'NodeMetrics', apiVersion: 'metrics.k8s.io/v1beta1', metadata: { name: 'n1' }, ...timed, ...usage('500m', 512, 25) },
  '/apis/metrics.k8s.io/v1beta1/pods': list('PodMetricsList', 'metrics.k8s.io/v1beta1', PODS), '/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods': list('PodMetricsList', 'metrics.k8s.io/v1beta1', PODS),
  '/apis/metrics.k8s.io/v1beta1/namespaces/empty/pods': list('PodMetricsList', 'metrics.k8s.io/v1beta1', []), '/api/v1/namespaces/empty/pods': list('PodList', 'v1', []),
};
const server = createServer(({ url = '' }, answer) => {
  const body = ANSWERS[url.split('?', 1)[0] ?? ''];
  answer.writeHead(body ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', message: 'not here', code: 404 }));
});

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

after(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

function run(program: readonly string[], line: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const args = [...program.slice(1), 'top', ...line.split(' '), '--use-protocol-buffers=false', `--server=http://127.0.0.1:${(server.address() as AddressInfo).port}`];
  execFile(program[0] ?? '', args, { env: { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: '/dev/null' } }, (_error, stdout, stderr) => resolve(`${stdout}${stderr}`.replaceAll(/ +$/gm, '')));
  return promise;
}

for (const [name, program, skip] of [['stock kubectl', [stock ?? ''], unless(stock !== undefined, 'no kubectl is on this machine')], ['kubets kubectl', [process.execPath, main, 'kubectl'], false]] as const) {
  describe(`${name}: top`, { skip }, () => {
    for (const [line, expected] of [
      ['node', 'NAME     CPU(cores)   CPU(%)      MEMORY(bytes)   MEMORY(%)\nn1       500m         12%         512Mi           50%\nn2       1000m        25%         100Mi           9%\nsilent   <unknown>    <unknown>   <unknown>       <unknown>\n'],
      ['node n1 --show-capacity --show-swap', 'NAME   CPU(cores)   CPU(%)   MEMORY(bytes)   MEMORY(%)   SWAP(bytes)   SWAP(%)\nn1     500m         6%       512Mi           25%         25Mi          25%\n'],
      ['node --show-swap --no-headers --sort-by=cpu', 'n2       1000m       25%         100Mi       9%          <unknown>   <unknown>\nn1       500m        12%         512Mi       50%         25Mi        25%\nsilent   <unknown>   <unknown>   <unknown>   <unknown>   <unknown>   <unknown>\n'],
      ['pod -n shop', 'NAME   CPU(cores)   MEMORY(bytes)\ndb     250m         300Mi\nweb    400m         40Mi\n'],
      ['pod -n shop --show-swap --sort-by=memory', 'NAME   CPU(cores)   MEMORY(bytes)   SWAP(bytes)\ndb     250m         300Mi           0Mi\nweb    400m         40Mi            8Mi\n'],
      ['pod -n shop --containers --sort-by=cpu', 'POD   NAME   CPU(cores)   MEMORY(bytes)\nweb   a      300m         30Mi\nweb   b      100m         10Mi\ndb    db     250m         300Mi\n'],
      ['pod -A --containers --sum', 'NAMESPACE   POD   NAME   CPU(cores)   MEMORY(bytes)\nshop        db    db     250m         300Mi\nshop        web   a      300m         30Mi\nshop        web   b      100m         10Mi\n                         ________     ________\n                         650m         340Mi\n'],
      ['pod -n shop --sum --no-headers', 'db    250m       300Mi\nweb   400m       40Mi\n      ________   ________\n      650m       340Mi\n'],
      ['pod -n shop --sum --show-swap', 'NAME   CPU(cores)   MEMORY(bytes)   SWAP(bytes)\ndb     250m         300Mi           0Mi\nweb    400m         40Mi            8Mi\n                    ________        ________\n                    650m            340Mi         8Mi\n'],
      ['pod -n empty', 'No resources found in empty namespace.\n'],
      ['pod a b', "error: pod [NAME | -l label]\nSee 'kubectl top pod -h' for help and examples\n"],
      ['node --sort-by=name', 'error: --sort-by accepts only cpu or memory\n'],
    ] as const) if (program[0] !== stock || newest >= 34 || !line.includes('swap')) test(line, async () => assert.equal(await run(program, line), expected));
  });
}
