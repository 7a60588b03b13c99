import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { EncryptionRule, ProviderConfiguration } from './configuration.ts';
import { KmsTransformer } from './kms.ts';
import { localTransformer } from './local-ciphers.ts';
import { identity, type Transformer } from './transformer.ts';

/** The transformers of the resources that a rule names: the first writes. */
interface RuleTransformers {
  readonly resources: readonly string[];
  readonly transformers: readonly Transformer[];
}

const ONLY_IDENTITY: readonly Transformer[] = [identity];

/** One encryption configuration at work: which transformers the keys of the store go through. Disposing it lets the KMS plugins go. */
export class Transformers implements AsyncDisposable {
  readonly #rules: readonly RuleTransformers[];
  readonly #plugins = new Map<string, KmsTransformer>();
  readonly #byResource = new Map<string, readonly Transformer[]>();

  constructor(rules: readonly EncryptionRule[], tools: { clock: Clock; random: Random; logger: Logger }) {
    this.#rules = rules.map(({ resources, providers }) => ({ resources, transformers: providers.flatMap((provider) => this.#transformersOf(provider, tools)) }));
  }

  #transformersOf(provider: ProviderConfiguration, tools: { clock: Clock; random: Random; logger: Logger }): Transformer[] {
    if (provider.kind === 'identity') return [identity];
    if (provider.kind !== 'kms') return provider.keys.map(({ name, secret }) => localTransformer(provider.kind, name, secret, tools.random));
    const plugin = this.#plugins.get(provider.name) ?? new KmsTransformer({ ...provider, ...tools });
    this.#plugins.set(provider.name, plugin);
    return [plugin];
  }

  /** What is wrong with each KMS plugin, in the order in which the configuration names them; undefined: nothing. */
  get pluginProblems(): (string | undefined)[] {
    return [...this.#plugins.values()].map(({ problem }) => problem);
  }

  /** Rejects when a KMS plugin does not work. */
  async start(signal: AbortSignal): Promise<void> {
    try {
      await Promise.all([...this.#plugins.values()].map((plugin) => plugin.start(signal)));
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#plugins.values()].map((plugin) => plugin[Symbol.asyncDispose]()));
  }

  /** Whether a rule names the resource of `key`. */
  encrypts(key: string): boolean {
    return this.of(key) !== ONLY_IDENTITY;
  }

  /** Those of `/registry/<group>/<resource>/...`, the one that writes first. Resources that no rule names are written as they are. */
  of(key: string): readonly Transformer[] {
    const [, , group = '', resource = ''] = key.split('/', 4);
    const name = group === 'core' ? resource : `${resource}.${group}`;
    const known = this.#byResource.get(name);
    if (known) return known;
    const wildcards = [`*.${group === 'core' ? '' : group}`, '*.*'];
    const listed = [name, ...wildcards].map((wanted) => this.#rules.filter(({ resources }) => resources.includes(wanted))).find((rules) => rules.length > 0);
    const found = listed?.flatMap(({ transformers }) => transformers) ?? ONLY_IDENTITY;
    this.#byResource.set(name, found);
    return found;
  }
}
