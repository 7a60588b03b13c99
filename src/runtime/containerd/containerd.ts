import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { AbortError, type Component } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import { CriRuntime } from '../cri/cri-runtime.ts';
import { isRuntimeError } from '../runtime.ts';
import { containerdConfig, type ContainerdOptions } from './containerd-config.ts';
import { detectHostFacts } from './host-facts.ts';
import { importImages } from './image-import.ts';

const READY_POLL_MS = 15;
const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 10_000;

export interface ContainerdComponentOptions extends ContainerdOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The program; found on PATH by default. */
  readonly binary?: string;
  /** Where containerd's own output goes. */
  readonly logPath: string;
  /** Put before the names of this process's environment, for `PATH` with another shim. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A containerd of our own as a child process. Stopping it stops no container: the shims go on, and the next containerd on the same folders takes
 * them over. One that still runs on the socket (its agent was killed) is taken over too.
 */
export class Containerd implements Component {
  readonly #options: ContainerdComponentOptions;
  readonly #done = Promise.withResolvers<void>();
  #child: ChildProcess | undefined;
  #adoptedPid: number | undefined;
  #stopping = false;

  constructor(options: ContainerdComponentOptions) {
    this.#options = options;
    this.#done.promise.catch(() => undefined);
  }

  get done(): Promise<void> {
    return this.#done.promise;
  }

  get socketPath(): string {
    return this.#options.socketPath;
  }

  /** Resolves when the runtime answers over CRI. */
  async start(signal: AbortSignal): Promise<void> {
    const { rootDir, stateDir, socketPath, cniConfDir, logPath } = this.#options;
    await Promise.all([rootDir, stateDir, dirname(socketPath), cniConfDir, dirname(logPath)].map((folder) => mkdir(folder, { recursive: true })));
    this.#adoptedPid = await this.#runningPid();
    if (this.#adoptedPid === undefined) await this.#spawn();
    try {
      await this.#untilReady(signal);
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
    signal.addEventListener('abort', () => void this[Symbol.asyncDispose](), { once: true });
  }

  get #pidPath(): string {
    return join(this.#options.stateDir, 'containerd.pid');
  }

  /** The containerd that an agent before us left running on this state directory. */
  async #runningPid(): Promise<number | undefined> {
    const pid = Number(await readFile(this.#pidPath, 'utf8').catch(() => ''));
    if (!Number.isInteger(pid) || pid <= 0) return undefined;
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return commandLine.includes(this.#configPath) ? pid : undefined;
  }

  get #configPath(): string {
    return join(this.#options.stateDir, 'config.toml');
  }

  async #spawn(): Promise<void> {
    const binary = this.#options.binary ?? 'containerd';
    const host = await detectHostFacts(binary);
    await writeFile(this.#configPath, containerdConfig(this.#options, host));
    const log = await open(this.#options.logPath, 'a');
    try {
      const child = spawn(binary, ['--config', this.#configPath, '--log-level', 'warn'], {
        // Its own process group: an interrupt on the terminal of a foreground agent is for the agent alone.
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
        env: { ...process.env, ...this.#options.env },
      });
      this.#child = child;
      child.once('error', (error) => this.#ended(error));
      child.once('exit', (code, signal) => this.#ended(new Error(`containerd ended with ${signal ?? `code ${code}`}; its log: ${this.#options.logPath}`)));
      if (child.pid !== undefined) await writeFile(this.#pidPath, String(child.pid));
    } finally {
      await log.close();
    }
  }

  #ended(error: Error): void {
    if (this.#stopping) this.#done.resolve();
    else this.#done.reject(error);
  }

  async #untilReady(signal: AbortSignal): Promise<void> {
    const { clock, socketPath } = this.#options;
    const giveUpAt = clock.monotonic() + READY_TIMEOUT_MS;
    const died = this.done.then(() => Promise.reject(new AbortError('containerd was stopped')));
    died.catch(() => undefined);
    await using runtime = await CriRuntime.connect({ socketPath, clock });
    for (;;) {
      try {
        await Promise.race([runtime.version(signal), died]);
        // It tells its version before it has recovered its pods and images ("server is not initialized yet"); its state only after that.
        await Promise.race([runtime.status(signal), died]);
        return;
      } catch (error) {
        if (!isRuntimeError(error, 'Unavailable', 'Unimplemented', 'Unknown')) throw error;
        if (clock.monotonic() > giveUpAt) throw new Error(`containerd does not answer on ${socketPath}; its log: ${this.#options.logPath}`, { cause: error });
      }
      await clock.sleep(READY_POLL_MS, signal);
    }
  }

  /** Loads an OCI or docker archive. Gives the names of the images in it. */
  loadImages(archivePath: string, signal: AbortSignal): Promise<string[]> {
    return importImages(this.#options.socketPath, archivePath, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      const pid = this.#child?.pid ?? this.#adoptedPid;
      if (pid === undefined || this.#hasExited) this.#done.resolve();
      else await this.#terminate(pid);
    }
    await this.#done.promise.catch(() => undefined);
  }

  get #hasExited(): boolean {
    return this.#child !== undefined && (this.#child.exitCode !== null || this.#child.signalCode !== null);
  }

  async #terminate(pid: number): Promise<void> {
    const { clock } = this.#options;
    const never = new AbortController().signal;
    kill(pid, 'SIGTERM');
    const giveUpAt = clock.monotonic() + STOP_TIMEOUT_MS;
    while (kill(pid, 0)) {
      if (clock.monotonic() > giveUpAt) kill(pid, 'SIGKILL');
      if (this.#hasExited) break;
      await clock.sleep(READY_POLL_MS, never);
    }
    this.#done.resolve();
  }
}

/** Whether the process was there to get the signal. */
function kill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
