import { isObject, jsonEqual, type JsonObject } from '../../../apimachinery/patch/json.ts';
import { DRY_RUN_FLAG, FILE_FLAGS, PRINT_FLAGS, SELECTOR_FLAG, type CommandContext, fieldManagerFlag } from '../../command.ts';
import { dryRunOf, dryRunQuery, dryRunSuffix } from '../../dry-run.ts';
import { CommandError } from '../../errors.ts';
import { flag, type FlagSpecs } from '../../flags.ts';
import { at, copyJson, type KubeJson, listAt } from '../../kube-json.ts';
import { printResult } from '../../printers/object-printer.ts';
import type { ApiResource } from '../../resources/rest-mapper.ts';
import { type Info, infosOfFiles, NO_RESOURCES, visitObjects } from '../../resources/select.ts';
import { twoWayPatch } from '../../three-way.ts';

export const SET_FLAGS: FlagSpecs = {
  ...PRINT_FLAGS, ...FILE_FLAGS, ...SELECTOR_FLAG, ...DRY_RUN_FLAG, ...fieldManagerFlag('kubectl-set'),
  all: flag.bool('Select all resources in the namespace of the specified resource types.'),
  local: flag.bool('If true, the command will NOT contact api-server but run locally.'),
};

/** Arguments that name resources, and those that say what to set: from the first one that `isSetting`. */
export function splitSettings(args: readonly string[], isSetting: (arg: string) => boolean): { resources: string[]; settings: string[] } {
  const first = args.findIndex(isSetting);
  return first < 0 ? { resources: [...args], settings: [] } : { resources: args.slice(0, first), settings: args.slice(first) };
}

export function requireTargets(context: CommandContext, words: readonly string[]): void {
  if (words.length === 0 && context.flags.list('filename').length === 0 && context.flags.string('kustomize') === '') throw new CommandError(NO_RESOURCES);
}

export function requireResources(context: CommandContext, words: readonly string[]): void {
  if (words.length > 0 || context.flags.list('filename').length > 0 || context.flags.string('kustomize') !== '') return;
  throw new CommandError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
}

/**
 * Changes each object that `words` or files name and writes the difference; says `verb`, and nothing of objects that stay as they are
 * (unless `alwaysPrints`).
 */
export async function changeObjects(context: CommandContext, words: readonly string[], options: { readonly verb: string; readonly alwaysPrints?: boolean }, change: (object: KubeJson, info: Info) => void | Promise<void>): Promise<void> {
  const { connection, flags } = context;
  const dryRun = dryRunOf(flags);
  const visit = async (info: Info): Promise<void> => {
    const changed = copyJson(info.object);
    await change(changed, info);
    const isLocal = flags.bool('local');
    if (!isLocal && !options.alwaysPrints && jsonEqual(changed, info.object)) return;
    let result = changed;
    if (!isLocal && dryRun !== 'client') {
      const { type, patch } = twoWayPatch(info.resource, info.object, changed);
      result = await connection.patch(connection.path(info.resource, info.namespace, info.name), type, patch, { fieldManager: flags.string('field-manager'), ...dryRunQuery(dryRun) });
    }
    printResult(context, info.resource, result, `${options.verb}${dryRunSuffix(dryRun)}`);
  };
  if (flags.bool('local')) for (const info of await infosOfFiles(context)) await visit(info);
  else await visitObjects(context, visit, words);
}

/** What Go calls an object of the type; kubectl knows those of Kubernetes' own groups only. */
function goTypeOf({ group, version, kind }: ApiResource): string {
  return group.includes('.') && !group.endsWith('.k8s.io') ? '*unstructured.Unstructured' : `*${version}.${kind}`;
}

/** The spec of an object's pods. Throws for kinds that have none. */
export function podSpecOf(object: KubeJson, info: Info): JsonObject {
  const spec = object.kind === 'Pod' ? at(object, 'spec') : object.kind === 'CronJob' ? at(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec') : at(object, 'spec', 'template', 'spec');
  if (!isObject(spec)) throw new CommandError(`${info.resource.resource}/${info.name} the object is not a pod or does not have a pod template: ${goTypeOf(info.resource)}`);
  return spec;
}

/** The containers whose names match a pattern with `*`s. */
export function containersMatching(spec: JsonObject, pattern: string): JsonObject[] {
  const expression = new RegExp(`^${pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('.*')}$`);
  return [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')].filter((one) => expression.test(String(one['name'])));
}
