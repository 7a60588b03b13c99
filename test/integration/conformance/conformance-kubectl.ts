import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { SystemClock } from '../../../src/base/clock.ts';
import { SystemRandom } from '../../../src/base/random.ts';
import { runKubectl } from '../../../src/kubectl/index.ts';
import { stockKubectl } from '../../support/stock-kubectl.ts';
import type { ConformanceCluster } from './conformance-cluster.ts';

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Calls kubectl as the administrator of the cluster, with `stdin` as its input. */
export type Kubectl = (cluster: ConformanceCluster, args: readonly string[], stdin?: string) => Promise<Said>;

/** What the suite may be run with: the package's own kubectl, and a stock one where the machine has it. */
export const KUBECTLS: readonly { readonly name: string; readonly kubectl: Kubectl }[] = [{ name: 'own kubectl', kubectl: own }, ...stockOnes()];

async function own(cluster: ConformanceCluster, args: readonly string[], stdin = ''): Promise<Said> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const taken = Promise.all([text(stdout), text(stderr)]);
  const { signal } = cluster.api;
  const code = await runKubectl([...args], { stdin: Readable.from([stdin]), stdout, stderr, env: { KUBECONFIG: kubeconfigOf(cluster), HOME: cluster.server.dataDir }, clock: new SystemClock(), random: new SystemRandom(), signal });
  stdout.end();
  stderr.end();
  const [out, err] = await taken;
  return { code, stdout: out, stderr: err };
}

function stockOnes(): { name: string; kubectl: Kubectl }[] {
  const program = stockKubectl();
  if (program === undefined) return [];
  const kubectl: Kubectl = async (cluster, args, stdin = '') => {
    const child = spawn(program, ['--kubeconfig', kubeconfigOf(cluster), ...args], { stdio: 'pipe' });
    child.stdin.on('error', () => undefined).end(stdin);
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { code: code as number, stdout, stderr };
  };
  return [{ name: 'stock kubectl', kubectl }];
}

function kubeconfigOf({ server }: ConformanceCluster): string {
  const path = join(server.dataDir, 'suite.kubeconfig');
  const { ca, cert, key } = server.tls;
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
  writeFileSync(path, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'suite', contexts: [{ name: 'suite', context: { cluster: 'suite', user: 'suite' } }],
    clusters: [{ name: 'suite', cluster: { server: server.url, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: 'suite', user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) } }],
  }));
  return path;
}
