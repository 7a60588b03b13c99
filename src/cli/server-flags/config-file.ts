import { readFileSync } from 'node:fs';
import { InvalidArgumentError, type Command, type Option } from 'commander';
import { parseDocument } from 'yaml';
import { UsageError } from '../errors.ts';

/**
 * Takes flags from a YAML file: `port: 6443`, `controllers: [deployment-controller]`, `feature-gates: {Name: true}`. What the command line has set stays.
 * Throws UsageError for a file that cannot be read, a key that is no flag, and a value that the flag refuses.
 */
export function applyConfigFile(command: Command, file: string): void {
  for (const [key, value] of Object.entries(readMap(file))) {
    const option = command.options.find((one) => one.long === `--${key}`);
    if (!option || key === 'config') throw new UsageError(`${file}: there is no flag --${key}; "kubets server --help" lists the keys`);
    const attribute = option.attributeName();
    if (command.getOptionValueSource(attribute) === 'cli') continue;
    command.setOptionValueWithSource(attribute, valueOf(option, value, `${file}: ${key}`), 'config');
  }
}

function readMap(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--config: ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const document = parseDocument(text, { strict: true, uniqueKeys: true });
  const [mistake] = document.errors;
  if (mistake) throw new UsageError(`${file} is no valid YAML: ${mistake.message.split('\n')[0]}`);
  const value: unknown = document.toJS() ?? {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UsageError(`${file} must hold flags by name, such as "port: 6443"`);
  return value as Record<string, unknown>;
}

function valueOf(option: Option, value: unknown, where: string): unknown {
  let parsed: unknown = option.defaultValue;
  try {
    for (const text of textsOf(value)) parsed = option.parseArg ? (option.parseArg as (text: string, before: unknown) => unknown)(text, parsed) : text;
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw new UsageError(`${where}: ${JSON.stringify(value)}: ${error.message}`, { cause: error });
    throw error;
  }
  return parsed;
}

/** What would stand on the command line. A list is one text with commas, or the flag several times for those that take one value at a time. */
function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return [value.map(String)].flatMap((all) => (all.length === 0 ? [''] : all.some((one) => one.includes(',')) ? all : [all.join(',')]));
  if (typeof value === 'object' && value !== null) return [Object.entries(value).map(([key, one]) => `${key}=${String(one)}`).join(',')];
  return [typeof value === 'string' ? value : JSON.stringify(value ?? '').replace(/^""$/, '')];
}
