import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HttpConnection } from './http-connection.ts';

const TOKEN = 'bench-token';
const program = fileURLToPath(new URL('../bin/kubets.mjs', import.meta.url));
const READY_MS = 20_000;

/** A server that is measured. */
export interface Target {
  readonly url: URL;
  readonly token: string;
  /** Its process, where it is known: for CPU time and memory. */
  readonly pid: number | undefined;
}

/** What makes a server an API server alone, as the goals were measured: no controllers, no scheduler. */
export const ALONE: readonly string[] = ['--controllers=', '--disable-scheduler'];

/** The built kubets on a free port of loopback, durable, with an empty data folder of its own that goes when it stops. */
export class Standalone implements AsyncDisposable {
  readonly #url: URL;
  readonly #folder: string;
  #child: ChildProcess;

  private constructor(child: ChildProcess, folder: string, url: URL) {
    this.#child = child;
    this.#folder = folder;
    this.#url = url;
  }

  get target(): Target {
    return { url: this.#url, token: TOKEN, pid: this.#child.pid };
  }

  static async start(flags: readonly string[] = []): Promise<Standalone> {
    if (!existsSync(fileURLToPath(new URL('../dist/kubets.mjs', import.meta.url)))) throw new Error('kubets is not built: run "npm run build" first');
    const folder = mkdtempSync(join(tmpdir(), 'kubets-bench-'));
    writeFileSync(join(folder, 'tokens'), `${TOKEN},admin,admin,system:masters\n`, { mode: 0o600 });
    const url = new URL(`https://127.0.0.1:${await freePort()}`);
    const standalone = new Standalone(serverIn(folder, url, flags), folder, url);
    await standalone.#ready();
    return standalone;
  }

  /** The same data with other flags, by another process. */
  async restart(flags: readonly string[]): Promise<void> {
    await this.#stop();
    this.#child = serverIn(this.#folder, this.#url, flags);
    await this.#ready();
  }

  async #ready(): Promise<void> {
    const end = performance.now() + READY_MS;
    for (;;) {
      try {
        const connection = await HttpConnection.open(this.target.url, TOKEN);
        const { status } = await connection.request('GET', '/readyz');
        connection.close();
        if (status === 200) return;
      } catch (error) {
        if (performance.now() > end || this.#child.exitCode !== null) throw new Error('kubets did not become ready', { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function serverIn(folder: string, url: URL, flags: readonly string[]): ChildProcess {
  return spawn(process.execPath, [
    program, 'server', '--data-dir', join(folder, 'data'), '--port', url.port, '--bind-address', url.hostname, '--disable-agent', '--token-auth-file', join(folder, 'tokens'), ...flags,
  ], { stdio: 'ignore' });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Resident memory of a process in megabytes; undefined where it is not known. */
export function residentMB(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}

/** Ticks of /proc/PID/stat, on every Linux of today. */
const TICKS_PER_SECOND = 100;

/** Milliseconds of CPU that a process has taken; undefined where it is not known. */
export function cpuMs(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}
