import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Commands } from '../../src/base/commands.ts';
import { inNamespaces, startHolder } from '../../src/cluster/local/namespace-holder.ts';

/** A network namespace for a test. */
export class TestNamespace implements AsyncDisposable {
  readonly pid: number;
  readonly commands: Commands;
  readonly #prefix: readonly string[];
  readonly #children: ChildProcess[] = [];

  private constructor(pid: number) {
    this.pid = pid;
    this.#prefix = inNamespaces(pid, ['net']);
    this.commands = new Commands(this.#prefix);
  }

  static async create(label: string): Promise<TestNamespace> {
    const { holder } = await startHolder({ namespaces: ['net'], setUp: [['ip', 'link', 'set', 'lo', 'up']], label: `test/${label}` });
    return new TestNamespace(holder.pid);
  }

  /** Starts an echo server inside; resolves when it listens. */
  async serve(name: string, port: number): Promise<ChildProcess> {
    const child = this.spawn([process.execPath, supportFile('echo-server.ts'), name, String(port)]);
    await new Promise((resolve, reject) => {
      child.stdout?.once('data', resolve);
      child.once('exit', () => reject(new Error(`the echo server ${name} did not start`)));
    });
    return child;
  }

  spawn(argv: readonly string[]): ChildProcess {
    const [file = '', ...args] = [...this.#prefix, ...argv];
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.push(child);
    return child;
  }

  /** Asks echo servers; the answers in order, or codes of errors. What is to be met with silence is given a short `timeoutMs`. */
  async ask(protocol: 'tcp' | 'udp', address: string, port: number, { count = 1, localPort = 0, localAddress = '', timeoutMs = 15_000 } = {}): Promise<string[]> {
    const out = await this.commands.run([process.execPath, supportFile('ask.ts'), protocol, address, String(port), String(count), String(localPort), localAddress, String(timeoutMs)]);
    return out.trim().split('\n');
  }

  /** Connects to `address` without pause while `work` goes on. */
  async knock(address: string, port: number, work: () => Promise<void>): Promise<{ readonly connections: number; readonly failures: readonly string[] }> {
    const child = this.spawn([process.execPath, supportFile('knock.ts'), address, String(port)]);
    const ended = new Promise((resolve) => child.once('close', resolve));
    const begun = Promise.withResolvers<void>();
    let out = '';
    child.stdout?.on('data', (chunk) => {
      out += String(chunk);
      begun.resolve();
    });
    child.once('exit', () => begun.reject(new Error('nobody knocks')));
    await begun.promise;
    await work();
    child.kill('SIGTERM');
    await ended;
    return JSON.parse(out.trim().split('\n').at(-1) ?? '') as { connections: number; failures: string[] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    process.kill(this.pid, 'SIGKILL');
  }
}

function supportFile(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
