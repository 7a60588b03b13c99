import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../../support/free-port.ts';

/** Why tests against a real etcd are skipped here; undefined when they are not. In CI a missing etcd is no reason: the tests fail. */
export function whyNoEtcd(): string | undefined {
  if (process.env['CI'] || !spawnSync('etcd', ['--version']).error) return undefined;
  return 'etcd is not installed (Debian: etcd-server)';
}

/** One real etcd on loopback, at a port that was free, with a folder of its own. */
export class EtcdProcess implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'kubets-etcd-'));
  #child: ChildProcess | undefined;
  #address: string | undefined;

  get endpoint(): string {
    if (this.#address === undefined) throw new Error('etcd was not started');
    return `http://${this.#address}`;
  }

  /** Resolves once it serves; the port stays the same over restarts. */
  async start(): Promise<void> {
    this.#address ??= `127.0.0.1:${await freePort()}`;
    const anyPort = 'http://127.0.0.1:0';
    const flags = {
      name: 'test', 'data-dir': join(this.#folder, 'data'), logger: 'zap', 'log-outputs': 'stderr', 'enable-grpc-gateway': 'false',
      'heartbeat-interval': '20', 'election-timeout': '200', 'initial-cluster': `test=${anyPort}`,
      'listen-peer-urls': anyPort, 'initial-advertise-peer-urls': anyPort, 'listen-client-urls': this.endpoint, 'advertise-client-urls': this.endpoint,
    };
    const child = spawn('etcd', Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`), { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    const started = Promise.withResolvers<void>();
    const said: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      if (line.includes('serving client traffic')) started.resolve();
    });
    child.on('error', started.reject);
    child.on('exit', () => started.reject(new Error(`etcd ended: ${said.slice(-5).join('\n')}`)));
    await started.promise;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
