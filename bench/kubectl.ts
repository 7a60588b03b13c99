/** `npm run bench:kubectl`: how long `get pods` takes from the start of the program to its end, beside stock kubectl's. Build first. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SystemClock } from '../src/base/clock.ts';
import { ADMIN_TOKEN, startTestServer } from '../test/support/test-server.ts';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';

const ROUNDS = 21;
const built = fileURLToPath(new URL('../bin/kubets.mjs', import.meta.url));

if (isMainThread) await main();
else await serve();

/** The server has a thread of its own: the programs are waited for in this one. */
async function serve(): Promise<void> {
  const { url, ca } = await startTestServer();
  parentPort?.postMessage({ url, ca });
}

async function main(): Promise<void> {
  if (!existsSync(fileURLToPath(new URL('../dist/kubets.mjs', import.meta.url)))) throw new Error('not built: run "npm run build" first');
  const worker = new Worker(new URL(import.meta.url));
  const { promise, resolve } = Promise.withResolvers<{ url: string; ca: string }>();
  worker.once('message', resolve);
  const { url, ca } = await promise;
  const folder = mkdtempSync(join(tmpdir(), 'kubets-bench-'));
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'b', contexts: [{ name: 'b', context: { cluster: 'b', user: 'b' } }],
    clusters: [{ name: 'b', cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }], users: [{ name: 'b', user: { token: ADMIN_TOKEN } }],
  }));
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: folder };
  for (const words of [['get', 'pods'], ['version', '--client'], ['apply', '-f', '-']]) {
    const input = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: kube-system}\n';
    const own = median(() => run(process.execPath, [built, 'kubectl', ...words], env, input));
    const stock = median(() => run('kubectl', words, env, input));
    console.log(`kubectl ${words.join(' ').padEnd(18)} kubets ${own.toFixed(0)} ms   stock ${Number.isNaN(stock) ? 'not on this machine' : `${stock.toFixed(0)} ms`}   (median of ${ROUNDS})`);
  }
  await worker.terminate();
  rmSync(folder, { recursive: true });
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv, input: string): number {
  const clock = new SystemClock();
  const start = clock.monotonic();
  const { error } = spawnSync(program, args, { env, input, stdio: ['pipe', 'ignore', 'ignore'] });
  return error ? Number.NaN : clock.monotonic() - start;
}

function median(measure: () => number): number {
  const all = Array.from({ length: ROUNDS }, measure).sort((a, b) => a - b);
  return all[Math.floor(ROUNDS / 2)] ?? Number.NaN;
}
