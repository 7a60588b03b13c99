import { parseGoDuration } from '../apimachinery/go-duration.ts';
import { FlagError } from './errors.ts';

/** A flag as pflag knows it. `ifBare`: the value of a flag given without one (`--dry-run`, `-w`); flags without it take the next argument. */
export interface FlagSpec {
  readonly type: 'string' | 'bool' | 'int' | 'list' | 'duration';
  readonly short?: string;
  readonly default?: string;
  readonly ifBare?: string;
  /** Each occurrence is one value, commas and all; other lists are split at commas. */
  readonly isWhole?: boolean;
  /** What to do instead; printed when the flag is given. */
  readonly deprecated?: string;
  readonly help: string;
}

export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

export const flag = {
  string: (help: string, options: Partial<FlagSpec> = {}): FlagSpec => ({ type: 'string', help, ...options }),
  bool: (help: string, options: Partial<FlagSpec> = {}): FlagSpec => ({ type: 'bool', ifBare: 'true', help, ...options }),
  int: (help: string, options: Partial<FlagSpec> = {}): FlagSpec => ({ type: 'int', help, ...options }),
  duration: (help: string, options: Partial<FlagSpec> = {}): FlagSpec => ({ type: 'duration', help, ...options }),
  list: (help: string, options: Partial<FlagSpec> = {}): FlagSpec => ({ type: 'list', help, ...options }),
};

/** The flags that were given, over their defaults. Asking for a flag that the command has not is a bug. */
export class Flags {
  readonly #specs: FlagSpecs;
  readonly #given = new Map<string, string[]>();

  constructor(specs: FlagSpecs) {
    this.#specs = specs;
  }

  set(name: string, value: string): void {
    const spec = this.#spec(name);
    if (spec.type === 'bool' && !/^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value)) {
      throw new FlagError(`invalid argument ${JSON.stringify(value)} for "${this.#display(name)}" flag: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
    }
    if (spec.type === 'int' && !/^[-+]?\d+$/.test(value)) {
      throw new FlagError(`invalid argument ${JSON.stringify(value)} for "${this.#display(name)}" flag: strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
    }
    if (spec.type === 'duration') this.#checkDuration(name, value);
    if (spec.type !== 'list') this.#given.set(name, [value]);
    else this.#given.set(name, [...(this.#given.get(name) ?? []), ...(spec.isWhole ? [value] : value === '' ? [] : value.split(','))]);
  }

  /** `Flag --old has been deprecated, ...` for each such flag that was given. */
  deprecations(): string[] {
    return [...this.#given.keys()].flatMap((name) => {
      const { deprecated } = this.#spec(name);
      return deprecated === undefined ? [] : [`Flag --${name} has been deprecated, ${deprecated}`];
    });
  }

  has(name: string): boolean {
    this.#spec(name);
    return this.#given.has(name);
  }

  /** Whether the command has such a flag at all: shared code asks before it reads. */
  knows(name: string): boolean {
    return Object.hasOwn(this.#specs, name);
  }

  /** Whether a command gave the name of a global flag a meaning of its own. */
  isList(name: string): boolean {
    return this.#spec(name).type === 'list';
  }

  string(name: string): string {
    return this.#given.get(name)?.[0] ?? this.#spec(name).default ?? '';
  }

  bool(name: string): boolean {
    return /^(1|t|true)$/i.test(this.string(name));
  }

  int(name: string): number {
    return Number(this.string(name) || '0');
  }

  list(name: string): string[] {
    const { default: value } = this.#spec(name);
    return this.#given.get(name) ?? (value === undefined ? [] : value.split(','));
  }

  #spec(name: string): FlagSpec {
    const spec = Object.hasOwn(this.#specs, name) ? this.#specs[name] : undefined;
    if (!spec) throw new Error(`the command has no flag --${name}`);
    return spec;
  }

  #checkDuration(name: string, value: string): void {
    try {
      parseGoDuration(value);
    } catch (error) {
      throw new FlagError(`invalid argument ${JSON.stringify(value)} for "${this.#display(name)}" flag: ${(error as Error).message}`, { cause: error });
    }
  }

  #display(name: string): string {
    const { short } = this.#spec(name);
    return short ? `-${short}, --${name}` : `--${name}`;
  }
}

export interface ParsedArguments {
  readonly flags: Flags;
  readonly args: string[];
  /** How many arguments came before `--`; -1 without one. */
  readonly argsBeforeDash: number;
}

/** Parses as pflag does: flags anywhere, `--name=value`, `--name value`, `-abc`, `-nvalue`, `--`. `stopsAtArgument`: the first argument ends the flags. */
export function parseArguments(argv: readonly string[], specs: FlagSpecs): ParsedArguments {
  const flags = new Flags(specs);
  const args: string[] = [];
  let argsBeforeDash = -1;
  for (let i = 0; i < argv.length; i++) {
    const one = argv[i] ?? '';
    if (one === '--') {
      argsBeforeDash = args.length;
      args.push(...argv.slice(i + 1));
      break;
    }
    if (one.startsWith('--')) {
      const equals = one.indexOf('=');
      const name = equals < 0 ? one.slice(2) : one.slice(2, equals);
      const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
      if (!spec) throw new FlagError(`unknown flag: --${name}`);
      if (equals >= 0) flags.set(name, one.slice(equals + 1));
      else if (spec.ifBare !== undefined) flags.set(name, spec.ifBare);
      else if (i + 1 < argv.length) flags.set(name, argv[++i] ?? '');
      else throw new FlagError(`flag needs an argument: --${name}`);
    } else if (one.startsWith('-') && one.length > 1) i = parseShort(one, i, argv, specs, flags);
    else args.push(one);
  }
  return { flags, args, argsBeforeDash };
}

function parseShort(one: string, at: number, argv: readonly string[], specs: FlagSpecs, flags: Flags): number {
  for (let rest = one.slice(1); rest !== ''; ) {
    const letter = rest[0] ?? '';
    const found = Object.entries(specs).find(([, spec]) => spec.short === letter);
    if (!found) throw new FlagError(`unknown shorthand flag: ${quoteLetter(letter)} in ${one}`);
    const [name, spec] = found;
    rest = rest.slice(1);
    if (rest.startsWith('=')) {
      flags.set(name, rest.slice(1));
      return at;
    }
    if (spec.ifBare !== undefined) flags.set(name, spec.ifBare);
    else if (rest !== '') {
      flags.set(name, rest);
      return at;
    } else if (at + 1 < argv.length) {
      flags.set(name, argv[at + 1] ?? '');
      return at + 1;
    } else throw new FlagError(`flag needs an argument: ${quoteLetter(letter)} in ${one}`);
  }
  return at;
}

function quoteLetter(letter: string): string {
  return `'${letter}'`;
}
