import type { Command, CommandContext } from '../../command.ts';
import { currentContextFile, fileOf, mergedConfig, removeEntry } from '../../config/kubeconfig-editor.ts';
import { readKubeconfigs, writeKubeconfig } from '../../config/kubeconfig-files.ts';
import { CommandError } from '../../errors.ts';

/** The arguments, of which there must be `count`. */
export function exactArguments(context: CommandContext, count: number): string[] {
  if (context.args.length !== count) throw new CommandError(`Unexpected args: [${context.args.join(' ')}]`);
  return [...context.args];
}

function remover(what: 'cluster' | 'context' | 'user', summary: string): Command {
  const section = `${what}s` as const;
  return {
    name: `delete-${what}`, usage: 'NAME', summary, flags: {},
    run: async (context) => {
      const [name = ''] = exactArguments(context, 1);
      const wasActive = what === 'context' && mergedConfig(context)['current-context'] === name;
      const file = fileOf(context, section, name);
      if (!removeEntry(file, section, name)) throw new CommandError(`cannot delete ${what} ${name}, not in ${file.path}`);
      if (wasActive) context.err('warning: this removed your active context, use "kubectl config use-context" to select a different one\n');
      context.out(`deleted ${what} ${name} from ${file.path}\n`);
    },
  };
}

export const deleteCluster = remover('cluster', 'Delete the specified cluster from the kubeconfig');
export const deleteContext = remover('context', 'Delete the specified context from the kubeconfig');
export const deleteUser = remover('user', 'Delete the specified user from the kubeconfig');

export const renameContext: Command = {
  name: 'rename-context', usage: 'CONTEXT_NAME NEW_NAME', summary: 'Rename a context from the kubeconfig file', flags: {},
  run: async (context) => {
    const [old = '', name = ''] = exactArguments(context, 2);
    const { path, config } = fileOf(context, 'contexts', old);
    if (!config.contexts.some((one) => one.name === old)) throw new CommandError(`cannot rename the context ${JSON.stringify(old)}, it's not in ${path}`);
    if (mergedConfig(context).contexts.some((one) => one.name === name)) throw new CommandError(`cannot rename the context ${JSON.stringify(old)}, the context ${JSON.stringify(name)} already exists in ${path}`);
    const contexts = config.contexts.map((one) => (one.name === old ? { ...one, name } : one)).sort((a, b) => (a.name < b.name ? -1 : 1));
    writeKubeconfig(path, { ...config, contexts, 'current-context': config['current-context'] === old ? name : config['current-context'] });
    context.out(`Context ${JSON.stringify(old)} renamed to ${JSON.stringify(name)}.\n`);
  },
};

export const useContext: Command = {
  name: 'use-context', aliases: ['use'], usage: 'CONTEXT_NAME', summary: 'Set the current-context in a kubeconfig file', flags: {},
  run: async (context) => {
    const [name = ''] = exactArguments(context, 1);
    if (readKubeconfigs(context.flags.string('kubeconfig'), context.io.env).every(({ config }) => !config.contexts.some((one) => one.name === name))) throw new CommandError(`no context exists with the name: ${JSON.stringify(name)}`);
    const { path, config } = currentContextFile(context);
    writeKubeconfig(path, { ...config, 'current-context': name });
    context.out(`Switched to context ${JSON.stringify(name)}.\n`);
  },
};
