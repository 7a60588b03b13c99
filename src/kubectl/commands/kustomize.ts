import { writeFileSync } from 'node:fs';
import type { Command } from '../command.ts';
import { CommandError } from '../errors.ts';
import { flag } from '../flags.ts';
import { buildKustomization } from '../kustomize/build.ts';
import { yamlText } from '../../apimachinery/codec/yaml.ts';

export const kustomize: Command = {
  name: 'kustomize', usage: 'DIR', summary: 'Build a kustomization target from a directory or URL',
  flags: {
    output: flag.string('If specified, write output to this path.', { short: 'o' }), 'load-restrictor': flag.string("if set to 'LoadRestrictionsNone', local kustomizations may load files from outside their root.", { default: 'LoadRestrictionsRootOnly' }),
  },
  run: async (context) => {
    if (context.args.length > 1) throw new CommandError('specify one path to kustomization.yaml');
    const text = buildKustomization(context.args[0] ?? '.', (warning) => context.err(warning)).map((object) => yamlText(object)).join('---\n');
    if (context.flags.string('output') === '') context.out(text);
    else writeFileSync(context.flags.string('output'), text);
  },
};
