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

/** The built kubets on a free port of loopback, durable, with an empty data folder of its own that goes when it stops. */
export class Standalone implements AsyncDisposable {
  readonly target: Target;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string, target: Target) {
    this.#child = child;
    this.#folder = folder;
    this.target = target;
  }

  static async start(flags: readonly string[] = []): Promise<Standalone> {
    if (!existsSync(fileURLToPath(new URL('../dist/kubets.mjs', import.meta.url)))) throw new Error('kubets is not built: run "npm run build" first');
    const folder = mkdtempSync(join(tmpdir(), 'kubets-bench-'));
    const tokens = join(folder, 'tokens');
    writeFileSync(tokens, `${TOKEN},admin,admin,system:masters\n`, { mode: 0o600 });
    const port = await freePort();
    const child = spawn(process.execPath, [
      program, 'server', '--data-dir', join(folder, 'data'), '--port', String(port), '--bind-address', '127.0.0.1', '--disable-agent', '--token-auth-file', tokens, ...flags,
    ], { stdio: 'ignore' });
    const standalone = new Standalone(child, folder, { url: new URL(`https://127.0.0.1:${port}`), token: TOKEN, pid: child.pid });
    await standalone.#ready();
    return standalone;
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

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) {
      const gone = new Promise((resolve) => this.#child.once('exit', resolve));
      this.#child.kill('SIGTERM');
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
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
