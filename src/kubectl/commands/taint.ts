import { isQualifiedName, isLabelValue } from '../../apimachinery/validation/labels.ts';
import { DRY_RUN_FLAG, PRINT_FLAGS, SELECTOR_FLAG, type Command, type CommandContext, fieldManagerFlag } from '../command.ts';
import { dryRunOf, dryRunQuery, dryRunSuffix } from '../dry-run.ts';
import { CommandError, oneOf, UsageError } from '../errors.ts';
import { flag } from '../flags.ts';
import { listAt } from '../kube-json.ts';
import { checkOutput, printResult } from '../printers/object-printer.ts';
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
    checkOutput(context);
    const [type = '', ...rest] = context.args;
    const first = rest.findIndex((arg) => arg.includes(':') || arg.includes('=') || arg.endsWith('-'));
    const names = type.includes('/') ? [] : first < 0 ? rest : rest.slice(0, first);
    const specs = first < 0 ? [] : rest.slice(first);
    if (context.args.length === 0) throw new CommandError('one or more resources must be specified as <resource> <name>');
    if (specs.length === 0) throw new CommandError('at least one taint update is required');
    const resource = await context.connection.lookUp((mapper) => mapper.resource(type.split('/')[0] ?? ''));
    if (resource.resource !== 'nodes') throw new CommandError(`invalid resource type ${type.toLowerCase()}, only node types are supported`);
    const toAdd = specs.filter((spec) => !spec.endsWith('-')).map(parseNewTaint);
    const toRemove = specs.filter((spec) => spec.endsWith('-')).map((spec) => parseTaint(spec.slice(0, -1)));
    refuseDuplicates(toAdd);
    refuseConflicts(toAdd, toRemove);
    const [all, hasSelector] = [context.flags.bool('all'), context.flags.string('selector') !== ''];
    if (all && hasSelector) throw new CommandError("setting 'all' parameter with a non empty selector is prohibited");
    if (!all && !hasSelector && names.length === 0 && !type.includes('/')) throw new CommandError("at least one resource name must be specified since 'all' parameter is not set");
    // Names beside a selector are not looked at.
    await visitObjects(context, (node) => taintNode(context, node, toAdd, toRemove), all || hasSelector ? [type] : [type, ...names]);
  },
};

function parseNewTaint(spec: string): TaintSpec {
  const parsed = parseTaint(spec);
  if (parsed.effect === '') throw new UsageError(`invalid taint spec: ${spec}`);
  return parsed;
}

/** `key[=value][:effect]`. Source: kubectl pkg/cmd/taint, parseTaint. */
function parseTaint(spec: string): TaintSpec {
  const refuse = (complaints: readonly string[]): void => {
    if (complaints.length > 0) throw new UsageError(`invalid taint spec: ${spec}, ${complaints.join('; ')}`);
  };
  const [pair = '', effect, ...more] = spec.split(':');
  const [key = '', value = '', ...others] = effect === undefined ? [pair] : pair.split('=');
  if (more.length > 0 || others.length > 0) throw new UsageError(`invalid taint spec: ${spec}`);
  refuse(isLabelValue(value));
  if (effect !== undefined && !EFFECTS.includes(effect)) throw new UsageError(`invalid taint effect: ${effect}, unsupported taint effect`);
  refuse(isQualifiedName(key));
  return { key, value, effect: effect ?? '' };
}

function refuseDuplicates(toAdd: readonly TaintSpec[]): void {
  const again = toAdd.find((one, index) => toAdd.slice(0, index).some((other) => other.key === one.key && other.effect === one.effect));
  if (again) throw new UsageError(`duplicated taints with the same key and effect: {${again.key} ${again.value} ${again.effect} <nil>}`);
}

function refuseConflicts(toAdd: readonly TaintSpec[], toRemove: readonly TaintSpec[]): void {
  const conflicts = toAdd.flatMap((one) => toRemove.filter((other) => other.key === one.key && (other.effect === '' || other.effect === one.effect)));
  if (conflicts.length > 0) throw new CommandError(`can not both modify and remove the following taint(s) in the same command: ${conflicts.map(({ key, effect }) => `${key}=${effect}`).join(', ')}`);
}

async function taintNode(context: CommandContext, node: Info, toAdd: readonly TaintSpec[], toRemove: readonly TaintSpec[]): Promise<void> {
  const { connection, flags } = context;
  const old = listAt(node.object, 'spec', 'taints') as unknown as TaintSpec[];
  const same = (a: TaintSpec, b: TaintSpec): boolean => a.key === b.key && a.effect === b.effect;
  if (!flags.bool('overwrite')) {
    const clashing = toAdd.filter((one) => old.some((other) => same(one, other)));
    if (clashing.length > 0) throw new CommandError(`node ${node.name} already has ${clashing.map((one) => one.key).join(',')} taint(s) with same effect(s) and --overwrite is false`);
  }
  const missing = toRemove.filter((one) => !old.some((other) => other.key === one.key && (one.effect === '' || other.effect === one.effect)));
  if (missing.length > 0) throw oneOf(missing.map((one) => new CommandError(`taint ${JSON.stringify(one.effect ? `${one.key}:${one.effect}` : one.key)} not found`)));
  const kept = old.filter((one) => !toAdd.some((other) => same(one, other)) && !toRemove.some((other) => other.key === one.key && (other.effect === '' || other.effect === one.effect)));
  const taints = [...toAdd.map(({ key, value, effect }) => ({ key, ...(value && { value }), effect })), ...kept];
  const dryRun = dryRunOf(flags);
  const path = connection.path(node.resource, undefined, node.name);
  const patched = dryRun === 'client' ? node.object : await connection.patch(path, 'merge', { spec: { taints: taints.length > 0 ? taints : null } }, { fieldManager: flags.string('field-manager'), ...dryRunQuery(dryRun) });
  const operation = flags.bool('overwrite') ? 'modified' : toRemove.length === 0 ? 'tainted' : toAdd.length === 0 ? 'untainted' : 'modified';
  printResult(context, node.resource, patched, `${operation}${dryRunSuffix(dryRun)}`);
}
