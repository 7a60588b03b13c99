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

/** What is measured, in the order of the columns, and how much of it is shown. */
interface Measure {
  readonly resource: 'cpu' | 'memory' | 'swap';
  readonly column: string;
  readonly share: string;
  readonly text: (amount: Quantity) => string;
}

type Usage = Readonly<Record<Measure['resource'], Quantity>>;

const mebibytes = (amount: Quantity): string => `${Math.floor(wholeValue(amount) / MIB)}Mi`;
const CPU: Measure = { resource: 'cpu', column: 'CPU(cores)', share: 'CPU(%)', text: (amount) => `${milliValue(amount)}m` };
const MEMORY: Measure = { resource: 'memory', column: 'MEMORY(bytes)', share: 'MEMORY(%)', text: mebibytes };
const SWAP: Measure = { resource: 'swap', column: 'SWAP(bytes)', share: 'SWAP(%)', text: mebibytes };
const RULE = '________';

const measuresOf = ({ flags }: CommandContext): readonly Measure[] => [CPU, MEMORY, ...(flags.bool('show-swap') ? [SWAP] : [])];

async function metricsResource(context: CommandContext, name: 'nodes' | 'pods'): Promise<ApiResource> {
  const found = (await context.connection.mapper()).resources.find((one) => one.group === GROUP && one.resource === name);
  if (!found) throw new CommandError('Metrics API not available');
  return found;
}

async function metricsOf(context: CommandContext, name: 'nodes' | 'pods', namespace: string | undefined): Promise<KubeJson[]> {
  const { args, connection, flags } = context;
  if (args.length > 1) throw new UsageError(`${name.slice(0, -1)} [NAME | -l label]`);
  const by = flags.string('sort-by');
  if (by !== '' && by !== 'cpu' && by !== 'memory') throw new CommandError('--sort-by accepts only cpu or memory');
  if (args.length === 1 && flags.string('selector') !== '') throw new CommandError('only one of NAME or --selector can be provided');
  const resource = await metricsResource(context, name);
  return args[0] === undefined ? connection.list(resource, namespace, selectorsOf(context)) : [await connection.get(resource, namespace, args[0])];
}

const usageOf = (value: unknown): Usage => {
  const of = (resource: Measure['resource']): Quantity => parseQuantity(textAt(value, 'usage', resource) || '0');
  return { cpu: of('cpu'), memory: of('memory'), swap: of('swap') };
};
const sumOf = (all: readonly Usage[]): Usage => all.reduce((sum, one) => ({ cpu: addQuantities(sum.cpu, one.cpu), memory: addQuantities(sum.memory, one.memory), swap: addQuantities(sum.swap, one.swap) }), { cpu: zeroQuantity, memory: zeroQuantity, swap: zeroQuantity });

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
  const { args, connection, flags } = context;
  const metrics = await metricsOf(context, 'nodes', undefined);
  if (metrics.length === 0) throw new CommandError('metrics not available yet');
  const resource = (await connection.mapper()).resource('nodes');
  const found = args[0] === undefined ? await connection.list(resource, undefined, selectorsOf(context)) : [await connection.get(resource, undefined, args[0])];
  const nodes = new Map(found.map((node) => [node.metadata.name ?? '', node]));
  const measures = measuresOf(context);
  const rows = sorted(context, metrics.map((one) => ({ name: one.metadata.name ?? '', usage: usageOf(one) }))).map(({ name, usage }) => {
    const cells = measures.flatMap((measure) => nodeCells(measure, usage, nodes.get(name), flags.bool('show-capacity')));
    nodes.delete(name);
    return [name, ...cells];
  });
  const unseen = [...nodes.keys()].map((name) => [name, ...measures.flatMap(() => ['<unknown>', '<unknown>'])]);
  context.out(padded([...(flags.bool('no-headers') ? [] : [['NAME', ...measures.flatMap(({ column, share }) => [column, share])]]), ...rows, ...unseen]));
}

/** How much of a resource a node uses, and which part of what it has. A node that has no swap tells nothing of its use. */
function nodeCells({ resource, text }: Measure, usage: Usage, node: KubeJson | undefined, isOfCapacity: boolean): string[] {
  const whole = resource === 'swap' ? textAt(node, 'status', 'nodeInfo', 'swap', 'capacity') : textAt(node, 'status', isOfCapacity ? 'capacity' : 'allocatable', resource);
  if (whole === '' && resource === 'swap') return ['<unknown>', '<unknown>'];
  if (whole === '') return [text(usage[resource])];
  const available = milliValue(parseQuantity(whole));
  return [text(usage[resource]), `${available === 0 ? 0 : Math.floor((milliValue(usage[resource]) / available) * 100)}%`];
}

async function topPods(context: CommandContext): Promise<void> {
  const { connection, flags } = context;
  const isAll = isAllNamespaces(context);
  const metrics = await metricsOf(context, 'pods', isAll ? undefined : connection.namespace);
  if (metrics.length === 0) return context.err(isAll ? 'No resources found\n' : `No resources found in ${connection.namespace} namespace.\n`);
  const pods = sorted(context, metrics.map((one) => ({ name: one.metadata.name ?? '', namespace: one.metadata.namespace ?? '', usage: sumOf(listAt(one, 'containers').map(usageOf)), one })));
  const measures = measuresOf(context);
  const cells = (usage: Usage): string[] => measures.map(({ resource, text }) => text(usage[resource]));
  const start = (namespace: string, name: string): string[] => [...(isAll ? [namespace] : []), name];
  const isSplit = flags.bool('containers');
  const rows = pods.flatMap(({ namespace, name, usage, one }) => {
    if (!isSplit) return [[...start(namespace, name), ...cells(usage)]];
    const containers = listAt(one, 'containers').map((container) => ({ name: textAt(container, 'name'), usage: usageOf(container) }));
    return sorted(context, containers).map((container) => [...start(namespace, name), container.name, ...cells(container.usage)]);
  });
  const header = [...start('NAMESPACE', isSplit ? 'POD' : 'NAME'), ...(isSplit ? ['NAME'] : []), ...measures.map(({ column }) => column)];
  if (flags.bool('sum')) rows.push(...sumRows(cells(sumOf(pods.map(({ usage }) => usage))), flags.bool('no-headers') ? measures.length + 1 : header.length));
  context.out(padded([...(flags.bool('no-headers') ? [] : [header]), ...rows]));
}

/** A rule over the two last columns, and the sums below: of three they stand as stock kubectl has them, one column too far to the right. */
function sumRows(sums: readonly string[], width: number): string[][] {
  return [[...Array<string>(width - 2).fill(''), RULE, RULE], [...Array<string>(width - 2).fill(''), ...sums]];
}
