import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { aggregateText } from '../apimachinery/status.ts';
import type { HealthCheck } from '../apiserver/index.ts';
import { type Component, TaskGroup } from '../base/lifecycle.ts';
import { encryptionRules } from '../storage/encryption/configuration.ts';
import { EncryptedStore } from '../storage/encryption/encrypted-store.ts';
import { Transformers } from '../storage/encryption/transformers.ts';
import type { Store } from '../storage/store.ts';
import type { ClusterTools } from './tools.ts';

/** How soon a changed file is taken; kube-apiserver looks as often. */
const RELOAD_MS = 60_000;

/** `--encryption-provider-config`: what is stored is encrypted as its file says. */
export class Encryption implements Component {
  readonly #file: string;
  readonly #isReloading: boolean;
  readonly #tools: ClusterTools;
  readonly #tasks = new TaskGroup();
  readonly store: EncryptedStore;
  #text: string;
  #transformers: Transformers;

  /** Throws Error for a file that cannot be read or says something wrong. */
  constructor(inner: Store, options: { file: string; automaticReload: boolean; tools: ClusterTools }) {
    this.#file = options.file;
    this.#isReloading = options.automaticReload;
    this.#tools = options.tools;
    this.#text = this.#read();
    this.#transformers = this.#parse(this.#text);
    this.store = new EncryptedStore(inner, this.#transformers);
  }

  /** Whether KMS plugins work: one check for all that there are or may come to be. Source: apiserver pkg/server/options/encryptionconfig, config.go. */
  get healthChecks(): HealthCheck[] {
    const check = (): string | undefined => {
      const problems = this.#transformers.pluginProblems.flatMap((problem, i) => (problem === undefined ? [] : [`kms-provider-${i}: ${problem}`]));
      return problems.length > 0 ? aggregateText(problems) : undefined;
    };
    return this.#isReloading || this.#transformers.pluginProblems.length > 0 ? [{ name: 'kms-providers', check }] : [];
  }

  get done(): Promise<void> {
    return this.#tasks.done;
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.store.start(signal);
    if (this.#isReloading) this.#tasks.run((until) => this.#follow(until));
    signal.addEventListener('abort', () => void this.#tasks.close(), { once: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks.close();
    await this.store[Symbol.asyncDispose]();
  }

  /** Takes the file's present content, when it has changed. Rejects, leaving all as it was, when that says something wrong or its KMS plugins do not work. */
  async reload(signal: AbortSignal): Promise<void> {
    const text = this.#read();
    if (text === this.#text) return;
    const transformers = this.#parse(text);
    await transformers.start(signal);
    await this.store.use(transformers);
    this.#transformers = transformers;
    this.#text = text;
    this.#tools.logger.info('took the changed encryption configuration', { file: this.#file });
  }

  async #follow(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#tools.clock.sleep(RELOAD_MS, signal);
      try {
        await this.reload(signal);
      } catch (error) {
        this.#tools.logger.error('the changed encryption configuration is not taken; the one before goes on', { error });
      }
    }
  }

  #read(): string {
    try {
      return readFileSync(this.#file, 'utf8');
    } catch (error) {
      throw new Error(`--encryption-provider-config: ${this.#file} cannot be read: ${(error as Error).message}`, { cause: error });
    }
  }

  #parse(text: string): Transformers {
    try {
      return new Transformers(encryptionRules(load(text)), this.#tools);
    } catch (error) {
      throw new Error(`--encryption-provider-config: ${this.#file}: ${(error as Error).message}`, { cause: error });
    }
  }
}
