import type { Command, CommandContext } from '../command.ts';
import { kubeconfigPaths, mergeKubeconfigs, readKubeconfigs, writeKubeconfig } from '../config/kubeconfig-files.ts';
import { CommandError } from '../errors.ts';
import { parseKubeconfig, type Kubeconfig } from '../../pki/kubeconfig.ts';
import { alignRows } from '../printers/table.ts';

const merged = (context: CommandContext): Kubeconfig => mergeKubeconfigs(readKubeconfigs(context.flags.string('kubeconfig'), context.io.env));

export const config: Command = {
  name: 'config', usage: 'SUBCOMMAND', summary: 'Modify kubeconfig files', flags: {},
  subcommands: [
    {
      name: 'current-context', usage: '', summary: 'Display the current-context', flags: {},
      run: async (context) => {
        const current = merged(context)['current-context'];
        if (current === '') throw new CommandError('current-context is not set');
        context.out(`${current}\n`);
      },
    },
    {
      name: 'get-contexts', usage: '', summary: 'Describe one or many contexts', flags: {},
      run: async (context) => {
        const { contexts, 'current-context': current } = merged(context);
        const rows = contexts.map(({ name, context: one }) => [name === current ? '*' : '', name, one.cluster, one.user, one.namespace ?? '']).sort((a, b) => ((a[1] ?? '') < (b[1] ?? '') ? -1 : 1));
        context.out(alignRows([['CURRENT', 'NAME', 'CLUSTER', 'AUTHINFO', 'NAMESPACE'], ...rows]));
      },
    },
    {
      name: 'get-clusters', usage: '', summary: 'Display clusters defined in the kubeconfig', flags: {},
      run: async (context) => context.out(['NAME', ...merged(context).clusters.map((one) => one.name)].map((name) => `${name}\n`).join('')),
    },
    {
      name: 'use-context', aliases: ['use'], usage: 'CONTEXT_NAME', summary: 'Set the current-context in a kubeconfig file', flags: {},
      run: async (context) => {
        const [name = ''] = context.args;
        const files = readKubeconfigs(context.flags.string('kubeconfig'), context.io.env);
        if (!mergeKubeconfigs(files).contexts.some((one) => one.name === name)) throw new CommandError(`no context exists with the name: ${JSON.stringify(name)}`);
        const file = files.find((one) => one.config['current-context'] !== '') ?? files[0];
        writeKubeconfig(file?.path ?? kubeconfigPaths(context.flags.string('kubeconfig'), context.io.env)[0] ?? '', { ...(file?.config ?? parseKubeconfig('')), 'current-context': name });
        context.out(`Switched to context ${JSON.stringify(name)}.\n`);
      },
    },
  ],
};
