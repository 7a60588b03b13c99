import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SystemClock } from '../../../src/base/clock.ts';
import { Client } from '../../../src/client/client.ts';
import { HttpsTransport, type TlsMaterial } from '../../../src/client/https-transport.ts';

export { freePort } from '../../support/free-port.ts';

const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const clock = new SystemClock();

/** `kubets server` as a process of its own, with a data folder of its own. */
export class ServerProcess implements AsyncDisposable {
  readonly dataDir: string;
  readonly #address: string;
  readonly #port: number;
  readonly #flags: readonly string[];
  readonly #program: readonly string[];
  readonly #transports: HttpsTransport[] = [];
  #child: ChildProcess | undefined;
  #said = '';

  /** `address`: as in a URL. `program`: what Node is given before the command; default: the sources. */
  constructor(options: { port: number; address?: string; flags: readonly string[]; dataDir?: string; program?: readonly string[] }) {
    this.dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'kubets-server-'));
    this.#address = options.address ?? '127.0.0.1';
    this.#port = options.port;
    this.#flags = options.flags;
    this.#program = options.program ?? [main];
  }

  get url(): string {
    return `https://${this.#address}:${this.#port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** What it has said on standard error. */
  get log(): string {
    return this.#said;
  }

  /** Resolves once it is ready. */
  async start(): Promise<void> {
    const args = [...this.#program, 'server', '--data-dir', this.dataDir, '--bind-address', this.#address.replace(/^\[|\]$/g, ''), '--port', String(this.#port), ...this.#flags];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    const ready = Promise.withResolvers<void>();
    const before = this.#said.length; // it may have been started, and ready, before
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
      if (this.#said.includes('the control plane is ready', before)) ready.resolve();
    });
    child.once('exit', (code) => ready.reject(new Error(`the server ended with ${code}: ${this.#said}`)));
    await ready.promise;
  }

  /** The certificates of the cluster's administrator. */
  get tls(): TlsMaterial & { ca: string; cert: string; key: string } {
    const read = (name: string): string => readFileSync(join(this.dataDir, 'pki', name), 'utf8');
    return { ca: read('ca.crt'), cert: read('admin.crt'), key: read('admin.key') };
  }

  /** Of the user to whom the bearer token belongs. */
  clientOf(token: string): Client {
    const { ca } = this.tls;
    const tls = { ca };
    return this.#clientWith(new HttpsTransport({ server: this.url, tls: () => tls, token: () => token, userAgent: 'test', clock }));
  }

  client(tls: TlsMaterial = this.tls): Client {
    return this.#clientWith(new HttpsTransport({ server: this.url, tls: () => tls, userAgent: 'test', clock }));
  }

  #clientWith(transport: HttpsTransport): Client {
    this.#transports.push(transport);
    return new Client({ transport, clock });
  }

  /** Resolves, once it is gone, to its exit code; null when the signal itself ended it, or it was gone before. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return null;
    const gone = once(child, 'exit') as Promise<[number | null]>;
    child.kill(signal);
    const [code] = await gone;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const transport of this.#transports) await transport[Symbol.asyncDispose]();
    await this.end('SIGKILL');
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
