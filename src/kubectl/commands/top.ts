import { addQuantities, parseQuantity, milliValue, type Quantity, zeroQuantity, wholeValue } from '../../apimachinery/quantity.ts';
import { SELECTOR_FLAG, type Command, type CommandContext } from '../command.ts';
import { CommandError, UsageError } from '../errors.ts';
import { flag, type FlagSpecs } from '../flags.ts';
import { type KubeJson, listAt, textAt } from '../kube-json.ts';
import { alignRows } from '../printers/table.ts';
import type { ApiResource } from '../resources/rest-mapper.ts';
import { isAllNamespaces, selectorsOf } from '../resources/select.ts';

const GROUP = 'metrics.k8s.io';
const MIB = 1024 * 1024;
const FLAGS: FlagSpecs = {
  ...SELECTOR_FLAG, 'no-headers': flag.bool('If present, print output without headers'), 'sort-by': flag.string("If non-empty, sort by the field: 'cpu' or 'memory'."),
  'show-swap': flag.bool('Print resources related to swap memory.'), 'show-capacity': flag.bool('Print node resources based on Capacity instead of Allocatable(default) of the nodes.'), 'use-protocol-buffers': flag.bool('Accepted for compatibility.', { default: 'true' }),
};

export const top: Command = {
  name: 'top', usage: '[flags] [options]', summary: 'Display resource (CPU/memory) usage', flags: {},
  subcommands: [
    { name: 'node', aliases: ['nodes', 'no'], usage: '[NAME | -l label]', summary: 'Display resource (CPU/memory) usage of nodes', flags: FLAGS, run: topNodes },
    {
      name: 'pod', aliases: ['pods', 'po'], usage: '[NAME | -l label]', summary: 'Display resource (CPU/memory) usage of pods',
      flags: { ...FLAGS, 'all-namespaces': flag.bool('If present, list the requested object(s) across all namespaces.', { short: 'A' }), containers: flag.bool('If present, print usage of containers within a pod.'), 'field-selector': flag.string('Selector (field query) to filter on.'), sum: flag.bool('Print the sum of the resource usage') },
      run: topPods,
    },
  ],
};

interface Usage {
  readonly cpu: Quantity;
  readonly memory: Quantity;
}

async function metricsResource(context: CommandContext, name: 'nodes' | 'pods'): Promise<ApiResource> {
  const found = (await context.connection.mapper()).resources.find((one) => one.group === GROUP && one.resource === name);
  if (!found) throw new CommandError('Metrics API not available');
  return found;
}

async function metricsOf(context: CommandContext, name: 'nodes' | 'pods', namespace: string | undefined): Promise<KubeJson[]> {
  const { args, connection, flags } = context;
  if (args.length > 1) throw new UsageError(`unexpected args: ${args.slice(1).join(' ')}`);
  const by = flags.string('sort-by');
  if (by !== '' && by !== 'cpu' && by !== 'memory') throw new CommandError('--sort-by accepts only cpu or memory');
  if (args.length === 1 && flags.string('selector') !== '') throw new CommandError('only one of NAME or --selector can be provided');
  const resource = await metricsResource(context, name);
  return args[0] === undefined ? connection.list(resource, namespace, selectorsOf(context)) : [await connection.get(resource, namespace, args[0])];
}

const usageOf = (value: unknown): Usage => ({ cpu: parseQuantity(textAt(value, 'usage', 'cpu') || '0'), memory: parseQuantity(textAt(value, 'usage', 'memory') || '0') });
const sumOf = (all: readonly Usage[]): Usage => all.reduce((sum, one) => ({ cpu: addQuantities(sum.cpu, one.cpu), memory: addQuantities(sum.memory, one.memory) }), { cpu: zeroQuantity, memory: zeroQuantity });
const cpuText = (usage: Usage): string => `${milliValue(usage.cpu)}m`;
const memoryText = (usage: Usage): string => `${Math.floor(wholeValue(usage.memory) / MIB)}Mi`;

function sorted<T extends { readonly usage: Usage; readonly name: string }>(context: CommandContext, rows: T[]): T[] {
  const by = context.flags.string('sort-by');
  const amount = (row: T): number => (by === 'cpu' ? milliValue(row.usage.cpu) : wholeValue(row.usage.memory));
  return rows.sort((a, b) => (by === '' ? (a.name < b.name ? -1 : 1) : amount(b) - amount(a)));
}

/** The last column has its spaces too. */
function padded(rows: readonly (readonly string[])[]): string {
  return alignRows(rows.map((cells) => [...cells, '']));
}

async function topNodes(context: CommandContext): Promise<void> {
  const { connection, flags } = context;
  const metrics = await metricsOf(context, 'nodes', undefined);
  if (metrics.length === 0) throw new CommandError('metrics not available yet');
  const nodes = new Map((await connection.list((await connection.mapper()).resource('nodes'), undefined)).map((node) => [node.metadata.name, node]));
  const rows = sorted(context, metrics.map((one) => ({ name: one.metadata.name ?? '', usage: usageOf(one) }))).map(({ name, usage }) => {
    const total = (resource: string): Quantity => parseQuantity(textAt(nodes.get(name), 'status', flags.bool('show-capacity') ? 'capacity' : 'allocatable', resource) || '0');
    const percent = (part: number, whole: number): string => (whole === 0 ? '<unknown>' : `${Math.floor((part * 100) / whole)}%`);
    return [name, cpuText(usage), percent(milliValue(usage.cpu), milliValue(total('cpu'))), memoryText(usage), percent(wholeValue(usage.memory), wholeValue(total('memory')))];
  });
  context.out(padded([...(flags.bool('no-headers') ? [] : [['NAME', 'CPU(cores)', 'CPU(%)', 'MEMORY(bytes)', 'MEMORY(%)']]), ...rows]));
}

async function topPods(context: CommandContext): Promise<void> {
  const { connection, flags } = context;
  const isAll = isAllNamespaces(context);
  const metrics = await metricsOf(context, 'pods', isAll ? undefined : connection.namespace);
  if (metrics.length === 0) return context.err(isAll ? 'No resources found\n' : `No resources found in ${connection.namespace} namespace.\n`);
  const pods = sorted(context, metrics.map((one) => ({ name: one.metadata.name ?? '', namespace: one.metadata.namespace ?? '', usage: sumOf(listAt(one, 'containers').map(usageOf)), one })));
  const start = (namespace: string, name: string): string[] => [...(isAll ? [namespace] : []), name];
  const rows = pods.flatMap(({ namespace, name, usage, one }) => {
    if (!flags.bool('containers')) return [[...start(namespace, name), cpuText(usage), memoryText(usage)]];
    return listAt(one, 'containers').map((container) => [...start(namespace, name), textAt(container, 'name'), cpuText(usageOf(container)), memoryText(usageOf(container))]);
  });
  const width = (isAll ? 1 : 0) + (flags.bool('containers') ? 1 : 0);
  if (flags.bool('sum')) {
    const sum = sumOf(pods.map(({ usage }) => usage));
    rows.push([...Array<string>(width + 1).fill(''), '________', '________'], [...Array<string>(width).fill(''), '', cpuText(sum), memoryText(sum)]);
  }
  const header = [...start('NAMESPACE', flags.bool('containers') ? 'POD' : 'NAME'), ...(flags.bool('containers') ? ['NAME'] : []), 'CPU(cores)', 'MEMORY(bytes)'];
  context.out(padded([...(flags.bool('no-headers') ? [] : [header]), ...rows]));
}
