import { isObject } from '../../apimachinery/patch/json.ts';
import { CommandError } from '../errors.ts';
import { parseDocuments } from '../resources/documents.ts';

const GROUP = 'kubectl.config.k8s.io';

/** Another default for an option: its long name without dashes, its value as on the command line. */
export interface OptionDefault {
  readonly name: string;
  readonly default: string;
}

/** `kubectl NAME ...` as `kubectl COMMAND PREPENDARGS ... APPENDARGS`. */
export interface Alias {
  readonly name: string;
  readonly command: string;
  readonly prependArgs?: readonly string[];
  readonly appendArgs?: readonly string[];
  readonly options?: readonly OptionDefault[];
}

export interface CommandDefaults {
  readonly command: string;
  readonly options: readonly OptionDefault[] | null;
}

/** A program that may give credentials: a name of the path, or a path. `name` is the older word for `command`. */
export interface AllowlistEntry {
  readonly name?: string;
  readonly command?: string;
}

/** What a kuberc holds, as `kubectl.config.k8s.io/v1beta1` has it. Source: KEP-3104; kubernetes.io, "Kubectl user preferences (kuberc)". */
export interface Preference {
  readonly kind: 'Preference';
  readonly apiVersion: string;
  readonly defaults: readonly CommandDefaults[] | null;
  readonly aliases: readonly Alias[] | null;
  readonly credentialPluginPolicy?: string;
  readonly credentialPluginAllowlist?: readonly AllowlistEntry[] | null;
}

/** A type of the format: text, a list of one shape, or fields. */
type Shape = 'text' | readonly [Shape] | { readonly [field: string]: Shape };

const OPTIONS: Shape = [{ name: 'text', default: 'text' }];
const HEAD = { apiVersion: 'text', kind: 'text' } as const;
const ALIAS = { name: 'text', command: 'text', prependArgs: ['text'], appendArgs: ['text'] } as const;
const VERSIONS: Readonly<Record<string, Shape>> = {
  [`${GROUP}/v1beta1`]: { ...HEAD, defaults: [{ command: 'text', options: OPTIONS }], aliases: [{ ...ALIAS, options: OPTIONS }], credentialPluginPolicy: 'text', credentialPluginAllowlist: [{ name: 'text', command: 'text' }] },
  [`${GROUP}/v1alpha1`]: { ...HEAD, overrides: [{ command: 'text', flags: OPTIONS }], aliases: [{ ...ALIAS, flags: OPTIONS }] },
};

export function emptyPreference(): Preference {
  return { kind: 'Preference', apiVersion: `${GROUP}/v1beta1`, defaults: null, aliases: null };
}

/**
 * The first document that is a Preference of a known version; undefined where there are no documents. `unknown`: paths of fields that the format does not have.
 * Throws CommandError where no document is one.
 */
export function parsePreference(content: string, path: string): { preference: Preference; unknown: readonly string[] } | undefined {
  const documents = documentsOf(content).filter((one) => one !== null && one !== undefined);
  for (const document of documents) {
    const shape = isObject(document) && document['kind'] === 'Preference' ? VERSIONS[String(document['apiVersion'])] : undefined;
    const unknown: string[] = [];
    if (shape !== undefined && fits(document, shape, '', unknown)) return { preference: asBeta(document as Record<string, unknown>), unknown };
  }
  if (documents.length === 0) return undefined;
  throw new CommandError(`no valid preferences found in ${path}, use --v=5 to see details`);
}

/** What is no YAML is one document that is no Preference. */
function documentsOf(content: string): readonly unknown[] {
  try {
    return parseDocuments(content, '');
  } catch (error) {
    if (error instanceof CommandError) return ['unreadable'];
    throw error;
  }
}

/** Whether a value has the type that Go would decode it into; fields that are too many are told of, and pass. */
function fits(value: unknown, shape: Shape, path: string, unknown: string[]): boolean {
  if (value === null) return true;
  if (shape === 'text') return typeof value === 'string';
  if (Array.isArray(shape)) return Array.isArray(value) && value.every((one, index) => fits(one, (shape as readonly [Shape])[0], `${path}[${index}]`, unknown));
  if (!isObject(value)) return false;
  const fields = shape as { readonly [field: string]: Shape };
  return Object.entries(value).every(([name, one]) => {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const at = path === '' ? name : `${path}.${name}`;
    if (field === undefined) unknown.push(at);
    return field === undefined || fits(one, field, at, unknown);
  });
}

/** With the fields of v1beta1, in its order; what v1alpha1 calls overrides and flags are defaults and options. */
function asBeta(document: Record<string, unknown>): Preference {
  type Older = { readonly flags?: readonly OptionDefault[] };
  const { overrides, defaults = overrides, aliases, credentialPluginPolicy, credentialPluginAllowlist } = document as unknown as Partial<Preference> & { overrides?: readonly (CommandDefaults & Older)[] };
  const optionsOf = (one: { readonly options?: readonly OptionDefault[] | null } & Older): readonly OptionDefault[] | null => one.options ?? one.flags ?? null;
  return {
    kind: 'Preference', apiVersion: `${GROUP}/v1beta1`,
    defaults: defaults?.map((one) => ({ command: one.command ?? '', options: optionsOf(one) })) ?? null,
    aliases: aliases?.map((one) => aliasInOrder(one, optionsOf(one) ?? [])) ?? null,
    ...(credentialPluginPolicy && { credentialPluginPolicy }), ...(credentialPluginAllowlist && { credentialPluginAllowlist }),
  };
}

/** Without what is empty. */
export function aliasInOrder({ name, command, prependArgs = [], appendArgs = [] }: Alias, options: readonly OptionDefault[]): Alias {
  return { name: name ?? '', command: command ?? '', ...(prependArgs.length > 0 && { prependArgs }), ...(appendArgs.length > 0 && { appendArgs }), ...(options.length > 0 && { options }) };
}

/** Throws CommandError for what no run of kubectl could use. */
export function checkPreference({ defaults, aliases }: Preference): void {
  const seen = new Set<string>();
  const checkOptions = (options: readonly OptionDefault[] | null | undefined): void => {
    const dashed = options?.find((one) => one.name?.startsWith('-'));
    if (dashed) throw new CommandError(`flag name ${dashed.name} should be in long form without dashes`);
  };
  for (const { name, options } of aliases ?? []) {
    if (!/^[a-zA-Z]+$/.test(name)) throw new CommandError('invalid alias name, can only include alphabetical characters');
    checkOptions(options);
    if (seen.has(name)) throw new CommandError(`duplicate alias name ${name}`);
    seen.add(name);
  }
  for (const { options } of defaults ?? []) checkOptions(options);
}
