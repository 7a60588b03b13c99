import type { JsonObject } from '../../../apimachinery/patch/json.ts';
import { text } from 'node:stream/consumers';
import type { Command, CommandContext } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { flag } from '../../flags.ts';
import { at, type KubeJson, listAt, mapAt, textAt } from '../../kube-json.ts';
import { type Info, visitObjects } from '../../resources/select.ts';
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
    const { added, removed } = await parseSettings(context, [...settings, ...flags.list('env')], args.includes('-'));
    requireResources(context, words.filter((word) => word !== '-'));
    const from = flags.string('from') === '' ? [] : await importedFrom(context, flags.string('from'));
    if (flags.bool('list')) return void (await visitObjects(context, (info) => list(context, info), words));
    await changeObjects(context, words.filter((word) => word !== '-'), { verb: 'env updated' }, (object, info) => {
      const found = containersMatching(podSpecOf(object, info), flags.string('containers'));
      if (found.length === 0) throw new CommandError(`${info.resource.resource}/${info.name} does not have any containers matching ${JSON.stringify(flags.string('containers'))}`);
      for (const container of found) change(context, container, [...added, ...from], removed);
    });
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

function change(context: CommandContext, container: JsonObject, added: readonly JsonObject[], removed: readonly string[]): void {
  const before = listAt(container, 'env');
  if (!context.flags.bool('overwrite')) {
    const taken = before.find((one) => added.some((other) => other['name'] === one['name'] && other['value'] !== one['value']));
    if (taken) throw new CommandError(`'${textAt(taken, 'name')}' already has a value (${textAt(taken, 'value')}), and --overwrite is false`);
  }
  const after = before.map((one) => added.find((other) => other['name'] === one['name']) ?? one).filter((one) => !removed.includes(String(one['name'])));
  for (const one of added) if (!after.some((other) => other['name'] === one['name'])) after.push(one);
  if (after.length > 0) container['env'] = after;
  else delete container['env'];
}

async function list(context: CommandContext, info: Info): Promise<void> {
  const objects = new Map<string, Promise<KubeJson>>();
  for (const container of containersMatching(podSpecOf(info.object, info), context.flags.string('containers'))) {
    context.out(`# ${info.object.kind} ${info.name}, container ${textAt(container, 'name')}\n`);
    for (const one of listAt(container, 'env')) context.out(`${await lineOf(context, info, one, objects)}\n`);
  }
}

async function lineOf(context: CommandContext, info: Info, one: JsonObject, objects: Map<string, Promise<KubeJson>>): Promise<string> {
  const { connection, flags } = context;
  const name = textAt(one, 'name');
  const from = at(one, 'valueFrom');
  if (from === undefined) return `${name}=${textAt(one, 'value')}`;
  for (const [field, type] of [['configMapKeyRef', 'configmap'], ['secretKeyRef', 'secret']] as const) {
    if (at(from, field) === undefined) continue;
    const [source, key] = [textAt(from, field, 'name'), textAt(from, field, 'key')];
    if (!flags.bool('resolve')) return `# ${name} from ${type} ${source}, key ${key}`;
    const resource = await connection.lookUp((mapper) => mapper.resource(type));
    const id = `${type}/${source}`;
    if (!objects.has(id)) objects.set(id, connection.get(resource, info.namespace, source));
    const value = textAt(await objects.get(id), 'data', key);
    return `${name}=${type === 'secret' ? Buffer.from(value, 'base64').toString() : value}`;
  }
  if (at(from, 'fieldRef') !== undefined) return `# ${name} from field path ${textAt(from, 'fieldRef', 'fieldPath')}`;
  const container = textAt(from, 'resourceFieldRef', 'containerName');
  return `# ${name} from resource ${container ? `${container}/` : ''}${textAt(from, 'resourceFieldRef', 'resource')}`;
}
