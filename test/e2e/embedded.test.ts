/** The library of the built package: what a program that imports `kubets` gets. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { unless } from '../support/needs.ts';
import { root } from './support/cluster.ts';

const skip = unless(existsSync(join(root, 'dist', 'library', 'index.mjs')), 'the package is not built: npm run build');

for (const example of ['operator', 'virtual-time']) {
  test(`the example ${example}.test.mjs passes`, { skip, timeout: 300_000 }, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--test', `examples/${example}.test.mjs`], { cwd: root, encoding: 'utf8', env: { ...process.env, NODE_TEST_CONTEXT: undefined } });
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /pass 1\b/);
  });
}

test('its types are those of the source, and need nothing else', { skip, timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(root, 'dist', 'types-'));
  try {
    writeFileSync(join(folder, 'program.ts'), `
import { type ApiError, Cluster, type ClusterOptions, type VirtualCluster, type VirtualClusterOptions } from 'kubets';
import { Cluster as OfSource } from '../../src/index.ts';
const options: ClusterOptions = { nodes: 2, log: (line) => console.log(line) };
await using cluster: Cluster = await Cluster.start(options);
const text: string = cluster.kubeconfigFor({ user: 'joe', groups: ['a'] }) + cluster.kubeconfig + cluster.url;
const same: typeof OfSource = Cluster;
const inVirtualTime: VirtualClusterOptions = { clock: 'virtual', seed: 42, simulatedNodes: { count: 3, zones: ['a'] }, onWrite: ({ revision, key }) => console.log(revision, key) };
await using simulated: VirtualCluster = await Cluster.start(inVirtualTime);
await simulated.clock.advance('40s');
await simulated.clock.until(async () => (await simulated.request<{ items: object[] }>('GET', '/api/v1/nodes')).items.length === 3, 1000);
using watch: Disposable = await simulated.watch('/api/v1/pods', ({ type, object }) => console.log(type, object.metadata.name));
const code = (error: ApiError): number => error.code;
const digest: string = simulated.digest();
export { text, same, code, digest, watch };
// @ts-expect-error: there is no such option
await Cluster.start({ frob: 1 });
// @ts-expect-error: there is no kubeconfig in virtual time
simulated.kubeconfig;
// @ts-expect-error: nor a store on disk
await Cluster.start({ clock: 'virtual', store: 'lmdb' });
`);
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.json', include: ['program.ts'] }));
    execFileSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', folder], { encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
