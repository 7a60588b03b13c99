import type { Clock } from './clock.ts';
import { CommandError, type Commands } from './commands.ts';
import { untilAborted } from './lifecycle.ts';
import type { Logger } from './logger.ts';

/** So long changes are gathered before they become one transaction: a rollout changes many objects many times. */
const GATHER_MS = 10;
const RETRY_MS = 1000;
/** Somebody may take our rules away (`nft flush ruleset`); nobody tells. */
const LOOK_AGAIN_MS = 60_000;

/** A table of nftables. */
export interface KeptTable {
  readonly family: 'ip' | 'ip6';
  readonly name: string;
  /** A chain that the table always has. */
  readonly chain: string;
  /** Whether the kernel should have it now. */
  readonly isThere: boolean;
  /** The next write is of the whole table, whatever the kernel is thought to have. */
  readonly forget: () => void;
}

export interface RuleKeeperOptions {
  /** Whose rules they are, as the log says it: `services`. */
  readonly what: string;
  /** Brings what has changed into the kernel. */
  readonly write: (signal: AbortSignal) => Promise<void>;
  readonly tables: () => readonly KeptTable[];
  readonly commands: Commands;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Writes rules of nftables whenever something has changed, and anew when that fails or when somebody has taken them away. */
export class RuleKeeper {
  readonly #options: RuleKeeperOptions;
  #wake = Promise.withResolvers<void>();

  constructor(options: RuleKeeperOptions) {
    this.#options = options;
  }

  /** Something is to be written. */
  changed(): void {
    this.#wake.resolve();
  }

  /** Writes now. */
  async write(signal: AbortSignal): Promise<void> {
    this.#wake = Promise.withResolvers<void>();
    await this.#options.write(signal);
  }

  /** Writes what changes, until `signal`. */
  async run(signal: AbortSignal): Promise<void> {
    const { what, clock, logger, tables } = this.#options;
    for (let failures = 0; ; ) {
      await untilAborted(this.#wake.promise, signal);
      await clock.sleep(GATHER_MS, signal);
      try {
        await this.write(signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) throw error;
        logger.warn(`cannot change the rules of ${what}; they are written anew`, { error });
        for (const table of tables()) table.forget();
        this.changed();
        // The first failure may only mean that somebody else has changed our table.
        if (failures++ > 0) await clock.sleep(RETRY_MS, signal);
      }
    }
  }

  /** Looks now and then whether the rules are still there, until `signal`. */
  async lookAgain(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#options.clock.sleep(LOOK_AGAIN_MS, signal);
      for (const table of this.#options.tables()) if (table.isThere) await this.#look(table, signal);
    }
  }

  async #look({ family, name, chain, forget }: KeptTable, signal: AbortSignal): Promise<void> {
    const { what, commands, logger } = this.#options;
    try {
      await commands.run(['nft', 'list', 'chain', family, name, chain], { signal });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      logger.warn(`the rules of ${what} are gone; they are written anew`, { error: error.message });
      forget();
      this.changed();
    }
  }
}
