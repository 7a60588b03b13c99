import { PRINT_FLAGS, type Command, type CommandContext } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { flag } from '../../flags.ts';
import type { KubeJson } from '../../kube-json.ts';
import { emptyPreference, type Preference } from '../../preferences/preference.ts';
import { isMissing, type PreferenceFile, readPreference } from '../../preferences/preference-file.ts';
import { objectPrinter } from '../../printers/object-printer.ts';
import { ownFile, savePreference } from './save.ts';

/** What stock kubectl writes for who asks for a first file: apply on the server, ask before deleting. */
const RECOMMENDED: Preference = {
  ...emptyPreference(),
  defaults: [{ command: 'apply', options: [{ name: 'server-side', default: 'true' }] }, { command: 'delete', options: [{ name: 'interactive', default: 'true' }] }],
};

export const viewPreference: Command = {
  name: 'view', usage: '', summary: 'Display the current kuberc configuration', flags: { ...PRINT_FLAGS, output: { ...(PRINT_FLAGS['output'] ?? flag.string('')), default: 'yaml' } },
  run: async (context) => {
    const file = ownFile(context);
    const preference = await preferenceOrOffer(context, file);
    if (preference === undefined) return;
    const { kind, apiVersion, defaults, aliases, ...policy } = preference;
    context.out(objectPrinter(context, { keepsOrder: true })?.({ kind, apiVersion, defaults: defaults ?? [], aliases: aliases ?? [], ...policy } as unknown as KubeJson) ?? '');
  },
};

/** Of the file; where there is none that anybody named, a first one is offered, and nothing is shown. */
async function preferenceOrOffer(context: CommandContext, { path, isNamed }: PreferenceFile): Promise<Preference | undefined> {
  try {
    return readPreference(path, () => undefined) ?? emptyPreference();
  } catch (error) {
    if (!isMissing(error)) throw new CommandError(`error reading kuberc file: ${(error as Error).message}`, { cause: error });
    if (isNamed) throw new CommandError(`kuberc file not found at ${path}`, { cause: error });
  }
  context.out(`kuberc file not found at ${path}\nWould you like to generate a default kuberc file with recommended options? (y/N): `);
  for await (const chunk of context.io.stdin as AsyncIterable<Buffer>) {
    if (/^\s*y\s*$/i.test(chunk.toString().split('\n')[0] ?? '')) savePreference(context, RECOMMENDED, path);
    break;
  }
  return undefined;
}
