import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Pod } from '../../../src/api/generated/core-v1.ts';
import { namespaces, pods } from '../../../src/api/refs.ts';
import type { DeepReadonly, Draft, KubeObject, ResourceRef } from '../../../src/apimachinery/meta.ts';
import { hasReason } from '../../../src/apimachinery/status.ts';
import { SystemClock } from '../../../src/base/clock.ts';
import { Commands } from '../../../src/base/commands.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { SystemRandom } from '../../../src/base/random.ts';
import type { Client } from '../../../src/client/index.ts';
import { readClusterRecord } from '../../../src/cluster/cluster-record.ts';
import { ImageStore } from '../../../src/cluster/images/image-store.ts';
import { connect, downCluster, upCluster, type UpOptions } from '../../../src/cluster/local-cluster.ts';
import { findHolders, inNamespaces } from '../../../src/cluster/local/namespace-holder.ts';
import { readRecord } from '../../../src/cluster/local/record.ts';
import { buildBusyboxImage } from '../../../src/runtime/index.ts';
import { freePort } from '../../support/free-port.ts';

export const SHELL_IMAGE = 'registry.test/shell:1';
const clock = new SystemClock();
const host = new Commands();

/** What the shell image runs: a web server with the pod's name at `/name` and at `/`; it ends at once when asked to. */
const SERVE = `#!/bin/sh
hostname > /www/name
hostname > /www/index.html
httpd -f -p 8080 -h /www &
trap 'kill $!; exit 0' TERM INT
wait
`;
/** Runs the script that it is sent, and answers with its output. */
const RUN = `#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
head -c "$CONTENT_LENGTH" > /tmp/script.$$
sh /tmp/script.$$ 2>&1
rm /tmp/script.$$
`;

/** A local cluster of real nodes whose pods run scripts for tests, for one test file; everything of it is gone afterwards, which is checked. */
export class ShellCluster implements AsyncDisposable {
  readonly dataDir: string;
  readonly client: Client;
  readonly #abort: AbortController;
  readonly #options: UpOptions;
  readonly #servers: ChildProcess[] = [];

  private constructor(options: UpOptions, client: Client, abort: AbortController) {
    this.dataDir = options.dataDir;
    this.client = client;
    this.#options = options;
    this.#abort = abort;
  }

  static async start(options: { readonly nodes: number; readonly serverFlags?: readonly string[]; readonly agentFlags?: readonly string[]; readonly dataDir?: string; readonly program?: readonly string[]; readonly ipFamily?: 'ipv4' | 'ipv6' | 'dual' }): Promise<ShellCluster> {
    const { dataDir = mkdtempSync('/tmp/ke-') } = options;
    const abort = new AbortController();
    const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
    const up: UpOptions = {
      name: `e2e-${process.pid}`, dataDir, nodes: options.nodes, isIsolated: true, runtime: 'containerd', port: await freePort(), store: 'lmdb', waitMs: 240_000,
      program: options.program ?? [process.execPath, main], environment: process.env, ...(options.ipFamily && { ipFamily: options.ipFamily }), serverFlags: options.serverFlags ?? [], agentFlags: options.agentFlags ?? [],
    };
    await new ImageStore(join(dataDir, 'images')).load(Readable.from([await shellImage()]));
    try {
      await upCluster(up, toolsOf(abort));
      const { client } = await connect({ server: `https://127.0.0.1:${up.port}`, dataDir }, toolsOf(abort), () => Promise.resolve());
      return new ShellCluster(up, client, abort);
    } catch (error) {
      console.error(logsOf(dataDir));
      await downCluster({ dataDir, removeData: true }, toolsOf(abort));
      throw error;
    }
  }

  /** Where its API is served. */
  get server(): string {
    return `https://127.0.0.1:${this.#options.port}`;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Starts again what does not run of it, as a second `kubets up`. */
  async upAgain(): Promise<void> {
    await upCluster(this.#options, toolsOf(this.#abort));
  }

  /** The processes of the control plane and the agents. */
  get processes(): readonly { readonly role: string; readonly pid: number }[] {
    return readClusterRecord(this.dataDir)?.processes ?? [];
  }

  /** Ids of the first processes of a pod's containers, on this machine: they live as long as their container; what is started for a request or a probe, and may have a lower id, is none of them. */
  async firstPidsOf(pod: DeepReadonly<Pod>): Promise<number[]> {
    // Groups of other pods may go meanwhile.
    const listing = await host.run(['sh', '-c', 'find /sys/fs/cgroup -path "$1" -name cgroup.procs 2>/dev/null; true', 'sh', `*pod${pod.metadata.uid}/*`]);
    const files = listing.split('\n').filter((line) => line !== '');
    const pids = files.flatMap((file) => contentOf(file).split('\n').filter((line) => line !== '').map(Number));
    return [...new Set(pids)].filter(isFirstOfNamespace).toSorted((a, b) => a - b);
  }

  /** The names and addresses of its nodes' machines, and the process that holds each one's namespaces. */
  async machines(): Promise<readonly { readonly name: string; readonly ip: string; readonly holderPid: number }[]> {
    const record = await readRecord(this.dataDir);
    return (record?.machines ?? []).map(({ name, ip, holder }) => ({ name, ip, holderPid: holder?.pid ?? 0 }));
  }

  async create<T extends KubeObject>(ref: ResourceRef<T>, object: object, namespace?: string): Promise<DeepReadonly<T>> {
    return this.client.resource(ref, namespace).create(object as Draft<T>, { signal: this.signal });
  }

  async newNamespace(name: string): Promise<string> {
    await this.create(namespaces, { metadata: { name } });
    return name;
  }

  /** Waits until `look` gives something; fails after `seconds` with what was waited for. */
  async until<R>(what: string, look: () => Promise<R | undefined | false>, seconds = 180): Promise<R> {
    const deadline = performance.now() + seconds * 1000;
    for (;;) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      if (performance.now() > deadline) {
        console.error(logsOf(this.dataDir));
        assert.fail(`${what}: not within ${seconds} s`);
      }
      await clock.sleep(50, this.signal);
    }
  }

  /** The Ready pods under a label selector, once there are `count`. */
  async readyPods(namespace: string, labelSelector: string, count: number): Promise<readonly DeepReadonly<Pod>[]> {
    return this.until(`${count} Ready pods of ${labelSelector}`, async () => {
      const { items } = await this.client.resource(pods, namespace).list({ labelSelector, signal: this.signal });
      const ready = items.filter((pod) => pod.metadata.deletionTimestamp === undefined && pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'));
      return ready.length === count && ready;
    });
  }

  /** Runs a script in the shell pod at `podIP`; gives what it wrote. */
  async run(podIP: string, script: string): Promise<string> {
    const answer = await fetch(`http://${podIP}:8080/cgi-bin/run`, { method: 'POST', body: script, signal: AbortSignal.timeout(120_000) });
    return answer.text();
  }

  /** Runs a program of this machine in the pod's network: for what the shell image has no program. */
  async runInNetworkOf(pod: DeepReadonly<Pod>, argv: readonly string[]): Promise<string> {
    const [pid] = await this.firstPidsOf(pod);
    if (pid === undefined) throw new Error(`no process of pod ${pod.metadata.name} was found`);
    return new Commands(inNamespaces(pid, ['net'])).run(argv);
  }

  /** A server of TCP and UDP beside the pod's own, of the same name or another, that answers with its name and the client's address. */
  async serveIn(pod: DeepReadonly<Pod>, port: number, name = pod.metadata.name): Promise<void> {
    const [pid] = await this.firstPidsOf(pod);
    if (pid === undefined) throw new Error(`no process of pod ${pod.metadata.name} was found`);
    const [file, ...args] = [...inNamespaces(pid, ['net']), process.execPath, fileURLToPath(new URL('../../support/echo-server.ts', import.meta.url)), name, String(port)];
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#servers.push(child);
    await new Promise((resolve, reject) => {
      child.stdout.once('data', resolve);
      child.once('exit', () => reject(new Error(`the server in pod ${pod.metadata.name} did not start`)));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) server.kill('SIGKILL');
    const link = (await readRecord(this.dataDir))?.link ?? 'nothing';
    await this.client.transport[Symbol.asyncDispose]();
    await downCluster({ dataDir: this.dataDir, removeData: true }, toolsOf(this.#abort));
    assert.deepEqual(await this.#traces(link), []);
  }

  async #traces(link: string): Promise<string[]> {
    const shown = await host.run(['sh', '-c', 'ip -br link; ip route; ip -6 route; nft list tables; cat /proc/self/mounts; find /sys/fs/cgroup -maxdepth 2 -name "kubets-*" 2>/dev/null; true']);
    const ours = [link, this.dataDir, `kubets-${this.#options.name}`];
    const holders = await findHolders((label) => label.startsWith(this.dataDir));
    return [...shown.split('\n').filter((line) => ours.some((text) => line.includes(text))), ...holders.map((pid) => `holder ${pid}`)];
  }
}

/** A pod spec's container that serves `/name` and runs scripts. */
export function shellContainer(more: object = {}): object {
  return {
    name: 'shell', image: SHELL_IMAGE, command: ['/serve'], ports: [{ containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/name', port: 8080 }, periodSeconds: 1, timeoutSeconds: 30 }, lifecycle: { preStop: { sleep: { seconds: 1 } } }, ...more,
  };
}

/** Static busybox, `/serve` and a script that runs scripts. */
export function shellImage(): Promise<Uint8Array> {
  const files = [{ path: 'serve', content: SERVE, mode: 0o755 }, { path: 'www/cgi-bin/run', content: RUN, mode: 0o755 }];
  return buildBusyboxImage({ references: [SHELL_IMAGE], files });
}

export async function isGone<T extends KubeObject>(client: Client, ref: ResourceRef<T>, namespace: string, name: string, signal: AbortSignal): Promise<boolean> {
  try {
    await client.resource(ref, namespace).get(name, { signal });
    return false;
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
    return true;
  }
}

function toolsOf(abort: AbortController): Parameters<typeof upCluster>[1] {
  return { clock, random: new SystemRandom(), logger: silentLogger, signal: abort.signal, progress: () => undefined };
}

function logsOf(dataDir: string): string {
  const folder = join(dataDir, 'logs');
  if (!existsSync(folder)) return 'there are no logs';
  return readdirSync(folder).map((name) => `== ${name}\n${readFileSync(join(folder, name), 'utf8').split('\n').slice(-25).join('\n')}`).join('\n');
}

function isFirstOfNamespace(pid: number): boolean {
  return /^NSpid:.*\t1$/m.test(contentOf(`/proc/${pid}/status`));
}

/** Of a process or a control group; empty when that has ended meanwhile. */
function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (!['ENOENT', 'ESRCH', 'ENODEV'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return '';
  }
}
