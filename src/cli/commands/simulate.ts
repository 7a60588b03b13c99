import { InvalidArgumentError, type Command } from 'commander';
import { keepServerSmall } from '../../base/server-memory.ts';
import { kubeconfigTransport } from '../../client/kubeconfig-transport.ts';
import type { SimulatedNodesOptions, SimulatedTaint } from '../../cluster/embedding.ts';
import { SimulatedAgent } from '../../cluster/simulated-agent.ts';
import { commandContext } from '../context.ts';
import { count, keyValues } from '../flags.ts';
import { hasStarted } from '../interrupted-start.ts';
import { version } from '../version.ts';

interface SimulateFlags extends Omit<SimulatedNodesOptions, 'count'> {
  readonly kubeconfig: string;
  readonly nodes: number;
}

const REQUEST_TIMEOUT_MS = 30_000;

export default function simulateCommand(command: Command): void {
  command
    .requiredOption('--kubeconfig <file>', 'of somebody who may be any node, such as the administrator of the cluster')
    .requiredOption('--nodes <count>', 'how many nodes', count)
    .option('--name-prefix <prefix>', 'they are named so, with a number behind it; default: simulated-')
    .option('--cpu <cores>', 'the cores of each node; default: 8', count)
    .option('--memory <quantity>', 'the memory of each node; default: 32Gi')
    .option('--pods <count>', 'how many pods each node takes; default: 110', count)
    .option('--labels <labels>', 'labels of the nodes: key=value,key=value', keyValues)
    .option('--taints <taints>', 'taints of the nodes: key=value:NoSchedule,key:NoExecute', taints)
    .option('--zones <zones>', 'zones, parted by commas, to which the nodes are dealt out in turns', (text: string) => text.split(',').filter(Boolean))
    .action((flags: SimulateFlags) => run(flags));
}

function taints(text: string): SimulatedTaint[] {
  return text.split(',').map((one) => {
    const [, key, value, effect] = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(one) ?? [];
    if (key === undefined || effect === undefined) throw new InvalidArgumentError(`"${one}" is no taint such as key=value:NoSchedule.`);
    return { key, effect: effect as SimulatedTaint['effect'], ...(value !== undefined && { value }) };
  });
}

async function run({ kubeconfig, nodes, ...rest }: SimulateFlags): Promise<void> {
  using context = commandContext();
  const userAgent = `kubelet/v${version}`;
  await using transport = kubeconfigTransport(kubeconfig, { clock: context.clock, timeoutMs: REQUEST_TIMEOUT_MS, userAgent });
  await using agent = new SimulatedAgent({ transport, userAgent, nodes: { count: nodes, ...rest } }, context);
  if (!(await hasStarted(agent, context.signal))) return;
  context.logger.info('the nodes are registered', { nodes });
  const keeping = keepServerSmall(context.clock, context.signal);
  await new Promise<void>((resolve) => {
    if (context.signal.aborted) resolve();
    context.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await keeping;
}
