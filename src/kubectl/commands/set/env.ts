import type { JsonObject } from '../../../apimachinery/patch/json.ts';
import { text } from 'node:stream/consumers';
import type { Command, CommandContext } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { flag } from '../../flags.ts';
import { copyJson, type KubeJson, listAt, mapAt, textAt } from '../../kube-json.ts';
import { type Info, visitObjects } from '../../resources/select.ts';
import { listVariables } from './list-env.ts';
import { changeObjects, containersMatching, podSpecOf, requireResources, SET_FLAGS, splitSettings } from './change.ts';

export const env: Command = {
  name: 'env', usage: 'RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N', summary: 'Update environment variables on a pod template',
  flags: {
    ...SET_FLAGS, containers: flag.string('The names of containers in the selected pod templates to change, may use wildcards', { short: 'c', default: '*' }),
    from: flag.string('The name of a resource from which to inject environment variables'), prefix: flag.string('Prefix to append to variable names'), keys: flag.list('Comma-separated list of keys to import from specified resource'),
    env: flag.list('Specify a key-value pair for an environment variable to set into each container.', { short: 'e', isWhole: true }), list: flag.bool('If true, display the environment and any changes in the standard format.'),
    resolve: flag.bool('If true, show secret or configmap references when listing variables'), overwrite: flag.bool('If true, allow environment to be overwritten, otherwise reject updates that overwrite existing environment.', { default: 'true' }),
  },
  run: async (context) => {
    const { flags, args } = context;
    const { resources: words, settings } = splitSettings(args, (arg) => arg.indexOf('=') > 0 || (arg.endsWith('-') && arg !== '-'));
    const { added, removed } = await parseSettings(context, [...flags.list('env'), ...settings], args.includes('-'));
    requireResources(context, words.filter((word) => word !== '-'));
    if (flags.bool('list') && flags.string('output') !== '') throw new CommandError('--list and --output may not be specified together');
    const from = flags.string('from') === '' ? [] : await importedFrom(context, flags.string('from'));
    const apply = (object: KubeJson, info: Info): JsonObject[] => {
      const found = containersMatching(podSpecOf(object, info), flags.string('containers'));
      if (found.length === 0) context.err(`Warning: ${info.resource.kind}/${info.name} does not have any containers matching ${JSON.stringify(flags.string('containers'))}\n`);
      for (const container of found) change(context, info, container, { added: [...added, ...from], removed });
      return found;
    };
    const targets = words.filter((word) => word !== '-');
    if (flags.bool('list')) {
      await visitObjects(context, async (info) => {
        const object = copyJson(info.object);
        await listVariables(context, { ...info, object }, apply(object, info));
      }, targets);
    } else await changeObjects(context, targets, { verb: 'env updated' }, (object, info) => void apply(object, info));
  },
};

async function parseSettings(context: CommandContext, settings: readonly string[], readsStdin: boolean): Promise<{ added: JsonObject[]; removed: string[] }> {
  const lines = readsStdin ? (await text(context.io.stdin)).split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#')) : [];
  const added = new Map<string, JsonObject>();
  const removed: string[] = [];
  for (const one of [...settings, ...lines]) {
    const equals = one.indexOf('=');
    if (equals > 0) added.set(one.slice(0, equals), { name: one.slice(0, equals), value: one.slice(equals + 1) });
    else if (one.endsWith('-')) removed.push(one.slice(0, -1));
    else throw new CommandError(`unknown environment variable: ${one}`);
  }
  if (removed.some((name) => added.has(name))) throw new CommandError('can not both modify and remove the same environment variable in the same command');
  return { added: [...added.values()], removed };
}

/** One variable for each key of a ConfigMap or Secret. */
async function importedFrom(context: CommandContext, source: string): Promise<JsonObject[]> {
  const { connection, flags } = context;
  const [type = '', name = ''] = source.split('/');
  const resource = await connection.lookUp((mapper) => mapper.resource(type));
  if (name === '') throw new CommandError('resource(s) were provided, but no name was specified');
  const object = await connection.get(resource, connection.namespace, name);
  const field = { ConfigMap: 'configMapKeyRef', Secret: 'secretKeyRef' }[object.kind ?? ''];
  if (!field) throw new CommandError(`unsupported resource specified in --from`);
  const wanted = flags.list('keys');
  const keys = Object.keys(mapAt(object, 'data')).filter((key) => wanted.length === 0 || wanted.includes(key)).sort();
  return keys.map((key) => {
    const plain = flags.string('prefix') + key;
    const variable = plain.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_');
    if (variable !== key) context.err(`Warning: key ${key} transferred to ${variable}\n`);
    return { name: variable, valueFrom: { [field]: { name, key } } };
  });
}

function change(context: CommandContext, { resource, name }: Info, container: JsonObject, { added, removed }: { readonly added: readonly JsonObject[]; readonly removed: readonly string[] }): void {
  const before = listAt(container, 'env');
  if (!context.flags.bool('overwrite')) {
    const taken = before.find((one) => added.some((other) => other['name'] === one['name'] && other['value'] !== one['value']));
    if (taken) throw new CommandError(`${resource.resource}/${name} '${textAt(taken, 'name')}' already has a value (${textAt(taken, 'value')}), and --overwrite is false`);
  }
  const after = before.map((one) => added.find((other) => other['name'] === one['name']) ?? one).filter((one) => !removed.includes(String(one['name'])));
  for (const one of added) if (!after.some((other) => other['name'] === one['name'])) after.push(one);
  if (after.length > 0) container['env'] = after;
  else delete container['env'];
}
