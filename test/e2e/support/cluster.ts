import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeExampleImage } from '../../../scripts/example-image.ts';
import { detectMachine, whyNoContainers } from '../../../src/cluster/local/detect.ts';
import { freePort } from '../../support/free-port.ts';

export const root: string = fileURLToPath(new URL('../../..', import.meta.url));
const program = join(root, 'bin', 'kubets.mjs');

/** Why a cluster on real containers cannot run here; undefined when it can. */
export async function whyNoCluster(): Promise<string | undefined> {
  const why = whyNoContainers(await detectMachine());
  if (why !== undefined) return why;
  if (!existsSync(join(root, 'dist', 'kubets.mjs'))) return 'the command is not built: npm run build';
  return whyNoKubectl();
}

export function whyNoKubectl(): string | undefined {
  return spawnSync('kubectl', ['version', '--client']).status === 0 ? undefined : 'there is no kubectl on PATH';
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(file, [...args], { cwd: root, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
      resolve({ code, stdout, stderr });
    });
  });
}

/** A cluster of the real command in a folder of its own, with a kubeconfig of its own. */
export class TestCluster implements AsyncDisposable {
  readonly name: string;
  readonly folder: string;
  readonly port: number;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(name: string, folder: string, port: number) {
    this.name = name;
    this.folder = folder;
    this.port = port;
    this.#env = { ...process.env, KUBECONFIG: join(folder, 'kubeconfig') };
  }

  static async create(name: string): Promise<TestCluster> {
    return new TestCluster(name, mkdtempSync(join(tmpdir(), `${name}-`)), await freePort());
  }

  get dataDir(): string {
    return join(this.folder, 'data');
  }

  kubets(...args: string[]): Promise<CommandResult> {
    return run(process.execPath, [program, ...args], this.#env);
  }

  /** Runs a line of a shell; `$KUBETS` is the command. */
  shell(line: string): Promise<CommandResult> {
    return run('sh', ['-c', line], { ...this.#env, KUBETS: program, PATH: `${dirname(process.execPath)}:${process.env.PATH}` });
  }

  /** Starts what is not running of it. */
  async up(...flags: string[]): Promise<CommandResult> {
    const result = await this.kubets('up', '--name', this.name, '--data-dir', this.dataDir, '--port', String(this.port), '--isolated', '--runtime', 'containerd', '--wait', '240s', ...flags);
    if (result.code !== 0) throw new Error(`kubets up failed: ${result.stderr}\n${this.logs()}`);
    return result;
  }

  async loadExampleImages(): Promise<void> {
    const files = ['v1', 'v2'].map((version) => ({ version, file: join(this.folder, `hello-${version}.tar`) }));
    for (const { version, file } of files) await writeExampleImage(file, version);
    const result = await this.kubets('image', 'load', '--data-dir', this.dataDir, ...files.map(({ file }) => file));
    if (result.code !== 0) throw new Error(result.stderr);
  }

  /** Stock kubectl against the cluster. */
  tryKubectl(...args: string[]): Promise<CommandResult> {
    return run('kubectl', args, this.#env);
  }

  /** As `tryKubectl`, but an exit code other than 0 throws. Gives what it printed. */
  async kubectl(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.tryKubectl(...args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  }

  async apply(manifest: string): Promise<void> {
    const file = join(this.folder, `manifest-${Math.random().toString(36).slice(2)}.yaml`);
    const { writeFileSync } = await import('node:fs');
    writeFileSync(file, manifest);
    await this.kubectl('apply', '-f', file);
  }

  async json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.kubectl(...args, '-o', 'json')) as T;
  }

  /** The processes that `up` has started: role -> pid. */
  pids(): ReadonlyMap<string, number> {
    const record = JSON.parse(readFileSync(join(this.dataDir, 'cluster.json'), 'utf8')) as { processes: { role: string; pid: number }[] };
    return new Map(record.processes.map(({ role, pid }) => [role, pid]));
  }

  kill(role: string, signal: NodeJS.Signals): void {
    const pid = this.pids().get(role);
    if (pid === undefined) throw new Error(`there is no process ${role}`);
    process.kill(pid, signal);
  }

  logs(): string {
    const files = ['server', ...[1, 2, 3].map((index) => `${this.name}-node-${index}`)].map((role) => join(this.dataDir, 'logs', `${role}.log`));
    return files.filter(existsSync).map((file) => `${file}:\n${readFileSync(file, 'utf8').split('\n').slice(-15).join('\n')}`).join('\n');
  }

  async down(): Promise<void> {
    const result = await this.kubets('down', '--name', this.name, '--data-dir', this.dataDir, '--remove-data');
    if (result.code !== 0) throw new Error(`kubets down failed: ${result.stderr}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
