import type { Command } from '../command.ts';
import { CommandError } from '../errors.ts';
import { buildKustomization } from '../kustomize/build.ts';
import { yamlText } from '../../apimachinery/codec/yaml.ts';

export const kustomize: Command = {
  name: 'kustomize', usage: 'DIR', summary: 'Build a kustomization target from a directory or URL', flags: {},
  run: async (context) => {
    if (context.args.length > 1) throw new CommandError('specify one path to kustomization.yaml');
    context.out(buildKustomization(context.args[0] ?? '.', (text) => context.err(text)).map((object) => yamlText(object)).join('---\n'));
  },
};
