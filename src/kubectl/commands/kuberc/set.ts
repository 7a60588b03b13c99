import type { Command } from '../../command.ts';
import { CommandError, ManyErrors } from '../../errors.ts';
import { flag, type Flags } from '../../flags.ts';
import { type AllowlistEntry, aliasInOrder, emptyPreference, type OptionDefault, type Preference } from '../../preferences/preference.ts';
import { isMissing, readPreference } from '../../preferences/preference-file.ts';
import { ownFile, savePreference } from './save.ts';

const POLICIES = ['AllowAll', 'DenyAll', 'Allowlist'];
const SECTIONS: Readonly<Record<string, (preference: Preference, flags: Flags) => Preference>> = { defaults: withDefaults, aliases: withAlias, credentialplugin: withPluginPolicy };

export const setPreference: Command = {
  name: 'set', usage: '--section (defaults|aliases|credentialplugin) --command COMMAND', summary: 'Set values in the kuberc configuration',
  flags: {
    section: flag.string("Section to modify: 'defaults', 'aliases', or 'credentialplugin'"), command: flag.string("Command to configure (e.g., 'get', 'create', 'set env')"), name: flag.string('Alias name (required for --section=aliases)'),
    policy: flag.string("Plugin policy to use for exec credential plugins, must be one of 'AllowAll', 'DenyAll' or 'Allowlist'"), option: flag.list('Option of the command and its value, in the form flag=value; may be repeated', { isWhole: true }),
    prependarg: flag.list('Argument to put before those of the command line, for aliases; may be repeated', { isWhole: true }), appendarg: flag.list('Argument to put after those of the command line, for aliases; may be repeated', { isWhole: true }),
    'allowlist-entry': flag.list('Allowlist entry in the form field=value; may be repeated', { isWhole: true }), overwrite: flag.bool('Allow overwriting existing entries'),
  },
  run: async (context) => {
    const { flags } = context;
    if (!flags.has('section')) throw new CommandError('required flag(s) "section" not set');
    const { path } = ownFile(context);
    checkFlags(flags);
    const changed = SECTIONS[flags.string('section')]?.(currentOf(path), flags);
    if (changed) savePreference(context, changed, path);
  },
};

/** Throws CommandError for flags that do not go together. Source: kubectl pkg/cmd/kuberc, SetOptions.Validate. */
function checkFlags(flags: Flags): void {
  const [section, name, policy] = [flags.string('section'), flags.string('name'), flags.string('policy')];
  const entries = flags.list('allowlist-entry').length;
  const refuse = (isWrong: boolean, message: string): void => {
    if (isWrong) throw new CommandError(message);
  };
  refuse(!Object.hasOwn(SECTIONS, section), `--section must be "defaults", "aliases", or "credentialplugin", got: ${section}`);
  refuse(section === 'aliases' && name === '', '--name is required when --section=aliases');
  refuse(section === 'defaults' && name !== '', '--name should not be specified when --section=defaults');
  refuse(section === 'defaults' && flags.list('prependarg').length + flags.list('appendarg').length > 0, '--prependarg and --appendarg are only valid for --section=aliases');
  refuse(section !== 'credentialplugin' && flags.string('command') === '', '--command is required when --section=aliases or --section=defaults');
  if (section !== 'credentialplugin') return;
  refuse(policy === '', '--policy is required when --section=credentialplugin');
  refuse(!POLICIES.includes(policy), ` --policy must be  "AllowAll", "DenyAll", or "Allowlist", got: ${policy}`);
  refuse(policy !== 'Allowlist' && entries > 0, '--allowlist-entry may only be used when --section=credentialplugin and --policy=Allowlist');
  refuse(policy === 'Allowlist' && entries === 0, '--allowlist-entry is required when --section=credentialplugin and --policy=Allowlist');
}

/** What is odd about it was told when it was read for this run. */
function currentOf(path: string): Preference {
  try {
    return readPreference(path, () => undefined) ?? emptyPreference();
  } catch (error) {
    if (isMissing(error)) return emptyPreference();
    throw new CommandError(`error parsing kuberc file: ${(error as Error).message}`, { cause: error });
  }
}

function withDefaults(preference: Preference, flags: Flags): Preference {
  const command = flags.string('command');
  const all = [...(preference.defaults ?? [])];
  const at = all.findIndex((one) => one.command === command);
  if (at >= 0 && !flags.bool('overwrite')) throw new CommandError(`defaults for command ${JSON.stringify(command)} already exist, use --overwrite to replace`);
  const options = optionsOf(flags);
  all.splice(at < 0 ? all.length : at, 1, { command, options: options.length > 0 ? options : (all[at]?.options ?? null) });
  return { ...preference, defaults: all };
}

/** What is not given stays as it is. */
function withAlias(preference: Preference, flags: Flags): Preference {
  const [name, command] = [flags.string('name'), flags.string('command')];
  const all = [...(preference.aliases ?? [])];
  const at = all.findIndex((one) => one.name === name);
  if (at >= 0 && !flags.bool('overwrite')) throw new CommandError(`alias ${JSON.stringify(name)} already exists, use --overwrite to replace`);
  const old = all[at];
  const given = <T>(list: readonly T[], before: readonly T[] | undefined): readonly T[] => (list.length > 0 ? list : (before ?? []));
  const alias = { name, command, prependArgs: given(flags.list('prependarg'), old?.prependArgs), appendArgs: given(flags.list('appendarg'), old?.appendArgs) };
  all.splice(at < 0 ? all.length : at, 1, aliasInOrder(alias, given(optionsOf(flags), old?.options)));
  return { ...preference, aliases: all };
}

/** A list is for its own policy only. */
function withPluginPolicy({ kind, apiVersion, defaults, aliases }: Preference, flags: Flags): Preference {
  const credentialPluginPolicy = flags.string('policy');
  return { kind, apiVersion, defaults, aliases, credentialPluginPolicy, ...(credentialPluginPolicy === 'Allowlist' && { credentialPluginAllowlist: entriesOf(flags) }) };
}

function optionsOf(flags: Flags): OptionDefault[] {
  return flags.list('option').map((text) => {
    const equals = text.indexOf('=');
    if (equals < 0) throw new CommandError(`invalid option format ${JSON.stringify(text)}, expected flag=value`);
    return { name: text.slice(0, equals).replace(/^-+/, ''), default: text.slice(equals + 1) };
  });
}

function entriesOf(flags: Flags): AllowlistEntry[] {
  const errors: CommandError[] = [];
  const entries: AllowlistEntry[] = [];
  for (const pair of flags.list('allowlist-entry').flatMap((one) => one.split(','))) {
    const [field = '', value] = pair.split(/=(.*)/s, 2);
    if (value === undefined) errors.push(new CommandError(`improperly formatted allowlist entry: ${JSON.stringify(pair)}`));
    else if (field === 'name') errors.push(new CommandError('allowlist entry field "name" is deprecated, use "command" instead'));
    else if (field !== 'command') errors.push(new CommandError(`unrecognized allowlist entry field: ${JSON.stringify(field)}`));
    else if (value.trim() === '') errors.push(new CommandError('empty value in allowlist entry for field "command"'));
    else entries.push({ command: value });
  }
  if (errors.length > 0) throw errors.length === 1 ? errors[0] : new ManyErrors(errors);
  return entries;
}
