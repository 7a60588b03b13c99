/** The `kubets` command: says which commands there are, loads the one that is asked for. */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { reportError } from './errors.ts';
import { version } from './version.ts';

/** Each command in a file of its own, loaded when it is called: most calls need one. */
const COMMANDS: readonly { readonly name: string; readonly summary: string; readonly load: () => Promise<{ default: (command: Command) => void }> }[] = [
  { name: 'up', summary: 'start a cluster on this machine: a control plane and nodes', load: () => import('./commands/up.ts') },
  { name: 'down', summary: 'stop a cluster and remove every trace of it', load: () => import('./commands/down.ts') },
  { name: 'status', summary: 'tell whether a cluster runs, and its nodes', load: () => import('./commands/status.ts') },
  { name: 'list', summary: 'list the clusters of this machine', load: () => import('./commands/list.ts') },
  { name: 'server', summary: 'run a control plane in the foreground', load: () => import('./commands/server.ts') },
  { name: 'agent', summary: 'run a node in the foreground', load: () => import('./commands/agent.ts') },
  { name: 'simulate', summary: 'run simulated nodes of a cluster, any number of them in one process', load: () => import('./commands/simulate.ts') },
  { name: 'token', summary: 'make, list and delete the tokens with which nodes join', load: () => import('./commands/token.ts') },
  { name: 'node', summary: 'remove nodes', load: () => import('./commands/node.ts') },
  { name: 'kubeconfig', summary: 'print a kubeconfig for a user of the cluster', load: () => import('./commands/kubeconfig.ts') },
  { name: 'image', summary: 'load images into the nodes, and list them', load: () => import('./commands/image.ts') },
  { name: 'snapshot', summary: 'save the state of a cluster to a file, and restore it', load: () => import('./commands/snapshot.ts') },
  { name: 'logs', summary: 'print the log of a process of a cluster', load: () => import('./commands/logs.ts') },
  { name: 'completion', summary: 'print what lets a shell complete the words of kubets', load: () => import('./commands/completion.ts') },
];

async function main(argv: readonly string[]): Promise<void> {
  const args = argv.slice(1);
  const isLinkedAsKubectl = basename(argv[0] ?? '').replace(/\.\w+$/, '') === 'kubectl';
  const isCompletion = args[0] === '__complete' || args[0] === '__completeNoDesc';
  const isForKubectl = args[0] === 'kubectl' || (isCompletion && args[1] === 'kubectl' && args.length > 2);
  if (isLinkedAsKubectl || isForKubectl) {
    const { kubectl } = await import('./commands/kubectl.ts');
    process.exitCode = await kubectl(isLinkedAsKubectl ? args : args.filter((_, index) => index !== (isCompletion ? 1 : 0)));
    process.stdin.unref?.();
    return;
  }
  const { Command: Root } = await import('commander'); // kubectl does without it
  const root = new Root('kubets').description('Kubernetes in TypeScript: a control plane, nodes and a kubectl in one command.').version(version, '-v, --version', 'print the version').exitOverride().showHelpAfterError('(add --help for what there is)');
  root.command('version').description('print the version').action(() => {
    process.stdout.write(`kubets ${version} (Kubernetes API 1.36)\n`);
  });
  root.command('kubectl').description('talk to the cluster as kubectl does').allowUnknownOption();
  for (const { name, summary, load } of COMMANDS) {
    const command = root.command(name).description(summary);
    if (args[0] === name || (isCompletion && args[1] === name)) (await load()).default(command);
  }
  if (isCompletion) {
    const { completionOf } = await import('./completion.ts');
    process.stdout.write(completionOf(root, args.slice(1), args[0] === '__complete'));
    return;
  }
  await root.parseAsync([...args], { from: 'user' });
}

try {
  await main(process.argv.slice(1));
} catch (error) {
  process.exitCode = reportError(error);
}
