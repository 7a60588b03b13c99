import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { yamlText } from '../../../apimachinery/codec/yaml.ts';
import type { CommandContext } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import type { Preference } from '../../preferences/preference.ts';
import { preferenceFile, type PreferenceFile } from '../../preferences/preference-file.ts';

/** The file that the commands of kuberc work on. Throws CommandError when it is turned off. */
export function ownFile({ flags, io }: CommandContext): PreferenceFile {
  const file = preferenceFile(flags.string('kuberc'), io.env);
  if (!file) throw new CommandError('KUBERC is disabled via KUBERC=off environment variable');
  return file;
}

export function savePreference(context: CommandContext, preference: Preference, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, yamlText(preference));
  context.out(`Updated ${path}\n`);
}
