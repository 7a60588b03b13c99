import { isQualifiedName } from '../../apimachinery/validation/labels.ts';
import { DRY_RUN_FLAG, PRINT_FLAGS, SELECTOR_FLAG, type Command, type CommandContext, fieldManagerFlag } from '../command.ts';
import { dryRunOf, dryRunQuery, dryRunSuffix } from '../dry-run.ts';
import { CommandError, UsageError } from '../errors.ts';
import { flag } from '../flags.ts';
import { listAt } from '../kube-json.ts';
import { printResult } from '../printers/object-printer.ts';
import { type Info, visitObjects } from '../resources/select.ts';

interface TaintSpec {
  readonly key: string;
  readonly value: string;
  /** Empty to remove all effects of the key. */
  readonly effect: string;
}

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export const taint: Command = {
  name: 'taint',
  usage: 'NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N',
  summary: 'Update the taints on one or more nodes',
  flags: {
    ...PRINT_FLAGS, ...DRY_RUN_FLAG, ...SELECTOR_FLAG, ...fieldManagerFlag('kubectl-taint'),
    all: flag.bool('Select all nodes in the cluster'),
    overwrite: flag.bool('If true, allow taints to be overwritten, otherwise reject taint updates that overwrite existing taints.'),
    validate: flag.string('Accepted for compatibility.', { default: 'strict', ifBare: 'strict' }),
  },
  run: async (context) => {
    const [type = '', ...rest] = context.args;
    const first = rest.findIndex((arg) => arg.includes(':') || arg.includes('=') || arg.endsWith('-'));
    const names = type.includes('/') ? [] : first < 0 ? rest : rest.slice(0, first);
    const specs = first < 0 ? [] : rest.slice(first);
    if (context.args.length === 0) throw new CommandError('one or more resources must be specified as <resource> <name>');
    if (specs.length === 0) throw new CommandError('at least one taint update is required');
    const resource = await context.connection.lookUp((mapper) => mapper.resource(type.split('/')[0] ?? ''));
    if (resource.resource !== 'nodes') throw new CommandError(`invalid resource type ${resource.resource}, only node types are supported`);
    const toAdd = specs.filter((spec) => !spec.endsWith('-')).map((spec) => parseTaint(spec, 'add'));
    const toRemove = specs.filter((spec) => spec.endsWith('-')).map((spec) => parseTaint(spec.slice(0, -1), 'remove'));
    await visitObjects(context, (node) => taintNode(context, node, toAdd, toRemove), [type, ...names]);
  },
};

function parseTaint(spec: string, purpose: 'add' | 'remove'): TaintSpec {
  const [pair = '', effect = '', ...more] = spec.split(':');
  const complaints = effect === '' && more.length === 0 ? isQualifiedName(spec) : [];
  if (complaints[0] !== undefined) throw new UsageError(`invalid taint spec: ${spec}, ${complaints.join('; ')}`);
  const [key = '', value = '', ...others] = pair.split('=');
  if (more.length > 0 || others.length > 0 || key === '') throw new UsageError(`invalid taint spec: ${spec}`);
  if (effect === '' && purpose === 'add') throw new UsageError(`invalid taint spec: ${spec}`);
  if (effect !== '' && !EFFECTS.includes(effect)) throw new UsageError(`invalid taint effect: ${effect}, unsupported taint effect`);
  return { key, value, effect };
}

async function taintNode(context: CommandContext, node: Info, toAdd: readonly TaintSpec[], toRemove: readonly TaintSpec[]): Promise<void> {
  const { connection, flags } = context;
  const old = listAt(node.object, 'spec', 'taints') as unknown as TaintSpec[];
  const same = (a: TaintSpec, b: TaintSpec): boolean => a.key === b.key && a.effect === b.effect;
  if (!flags.bool('overwrite')) {
    const clashing = toAdd.filter((one) => old.some((other) => same(one, other)));
    if (clashing.length > 0) throw new CommandError(`node ${node.name} already has ${clashing.map((one) => one.key).join(',')} taint(s) with same effect(s) and --overwrite is false`);
  }
  for (const one of toRemove) {
    if (!old.some((other) => other.key === one.key && (one.effect === '' || other.effect === one.effect))) throw new CommandError(`taint ${JSON.stringify(one.effect ? `${one.key}:${one.effect}` : one.key)} not found`);
  }
  const kept = old.filter((one) => !toAdd.some((other) => same(one, other)) && !toRemove.some((other) => other.key === one.key && (other.effect === '' || other.effect === one.effect)));
  const taints = [...toAdd.map(({ key, value, effect }) => ({ key, ...(value && { value }), effect })), ...kept];
  const dryRun = dryRunOf(flags);
  const path = connection.path(node.resource, undefined, node.name);
  const patched = dryRun === 'client' ? node.object : await connection.patch(path, 'merge', { spec: { taints: taints.length > 0 ? taints : null } }, { fieldManager: flags.string('field-manager'), ...dryRunQuery(dryRun) });
  const operation = toRemove.length === 0 ? 'tainted' : toAdd.length === 0 ? 'untainted' : 'modified';
  printResult(context, node.resource, patched, `${operation}${dryRunSuffix(dryRun)}`);
}
