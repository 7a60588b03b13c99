import type { Kubeconfig } from '../../../pki/kubeconfig.ts';
import type { Command, CommandContext } from '../../command.ts';
import { currentContextFile, type Entry, fileOf, putEntry, removeEntry } from '../../config/kubeconfig-editor.ts';
import { writeKubeconfig } from '../../config/kubeconfig-files.ts';
import { CommandError } from '../../errors.ts';
import { flag } from '../../flags.ts';
import { exactArguments } from './contexts.ts';

const SECTIONS = { clusters: 'cluster', users: 'user', contexts: 'context' } as const;
const BYTES = /-data$/;

export const setProperty: Command = {
  name: 'set', usage: 'PROPERTY_NAME PROPERTY_VALUE', summary: 'Set an individual value in a kubeconfig file', flags: { 'set-raw-bytes': flag.bool('When writing a []byte PROPERTY_VALUE, write the given string directly without base64 decoding.') },
  run: async (context) => {
    const [property = '', value = ''] = exactArguments(context, 2);
    change(context, property, value);
    context.out(`Property ${JSON.stringify(property)} set.\n`);
  },
};

export const unsetProperty: Command = {
  name: 'unset', usage: 'PROPERTY_NAME', summary: 'Unset an individual value in a kubeconfig file', flags: {},
  run: async (context) => {
    const [property = ''] = exactArguments(context, 1);
    change(context, property, undefined);
    context.out(`Property ${JSON.stringify(property)} unset.\n`);
  },
};

function change(context: CommandContext, property: string, value: string | undefined): void {
  if (property === 'current-context') {
    const { path, config } = currentContextFile(context);
    return writeKubeconfig(path, { ...config, 'current-context': value ?? '' });
  }
  const [section = '', ...rest] = property.split('.');
  if (!Object.hasOwn(SECTIONS, section)) throw new CommandError(`unable to parse ${property} after [] at api.Config`);
  const list = section as keyof typeof SECTIONS;
  if (rest.length === 0) {
    if (value !== undefined) throw new CommandError(`unable to parse ${property} after [${section}] at map`);
    const { path, config } = currentContextFile(context);
    return writeKubeconfig(path, { ...config, [list]: [] } as Kubeconfig);
  }
  return changeEntry(context, list, rest, value);
}

/** Names may hold dots: the field is what comes after the last one, unless an entry has the whole as its name. */
function changeEntry(context: CommandContext, section: keyof typeof SECTIONS, words: readonly string[], value: string | undefined): void {
  const whole = words.join('.');
  const file = fileOf(context, section, whole);
  if (value === undefined && (words.length === 1 || (file.config[section] as Entry[]).some((one) => one.name === whole))) {
    if (!removeEntry(file, section, whole)) throw new CommandError(`current map key \`${whole}\` is invalid`);
    return;
  }
  const name = words.slice(0, -1).join('.');
  const field = words.at(-1) ?? '';
  if (name === '') throw new CommandError(`unable to parse ${section}.${whole} after [${section} ${whole}]`);
  const target = fileOf(context, section, name);
  const inner = SECTIONS[section];
  const old = (target.config[section] as Entry[]).find((one) => one.name === name);
  const values: Record<string, unknown> = { ...old?.[inner] };
  if (value === undefined) delete values[field];
  else if (field === 'insecure-skip-tls-verify') values[field] = value === 'true';
  else values[field] = BYTES.test(field) && context.flags.knows('set-raw-bytes') && context.flags.bool('set-raw-bytes') ? Buffer.from(value).toString('base64') : value;
  putEntry(target, section, { name, [inner]: values });
}
