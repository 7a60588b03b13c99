import { hasReason } from '../../apimachinery/status.ts';
import { FILE_FLAGS, PRINT_FLAGS, SELECTOR_FLAG, type Command, type CommandContext } from '../command.ts';
import { waitUntilGone } from '../deletion.ts';
import { parseDuration } from '../duration.ts';
import { CommandError } from '../errors.ts';
import { flag } from '../flags.ts';
import { listAt, textAt, type KubeJson } from '../kube-json.ts';
import { goFormat } from '../printers/go-format.ts';
import { printResult } from '../printers/object-printer.ts';
import { JsonPath, relaxedPath } from '../printers/json-path.ts';
import { allTargets, fetchTarget, type Info, NO_RESOURCES, visitObjects } from '../resources/select.ts';

const POLL_MS = 100;

export const wait: Command = {
  name: 'wait',
  usage: '([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath=\'{}\'[=value]]',
  summary: 'Wait for a specific condition on one or many resources',
  flags: {
    ...PRINT_FLAGS, ...FILE_FLAGS, ...SELECTOR_FLAG,
    local: flag.bool('If true, annotation will NOT contact api-server but run locally.'),
    for: flag.string('The condition to wait on.'),
    timeout: flag.duration('The length of time to wait before giving up.', { default: '30s' }),
    all: flag.bool('Select all resources in the namespace of the specified resource types'),
    'all-namespaces': flag.bool('If present, list the requested object(s) across all namespaces.', { short: 'A' }),
    'field-selector': flag.string('Selector (field query) to filter on.'),
  },
  run: async (context) => {
    const { flags, io } = context;
    const wanted = flags.string('for');
    if (wanted === '') conditionOf(wanted); // told before a missing name is
    if (context.args.length === 0 && flags.list('filename').length === 0 && flags.string('kustomize') === '') {
      throw new CommandError(NO_RESOURCES);
    }
    const timeoutMs = parseDuration(flags.string('timeout'));
    const waitMs = timeoutMs < 0 ? 7 * 24 * 3600 * 1000 : timeoutMs;
    const end = io.clock.monotonic() + waitMs;
    if (wanted === 'create') await waitForCreation(context, end);
    const isMet = wanted === 'delete' ? undefined : wanted === 'create' ? () => true : conditionOf(wanted);
    const visit = async (info: Info): Promise<void> => {
      const object = isMet ? await waitFor(context, info, isMet, end) : info.object;
      if (!isMet) await waitUntilGone(context, { ...info, uid: info.object.metadata.uid }, Math.max(end - io.clock.monotonic(), 1));
      printResult(context, info.resource, object, 'condition met');
    };
    let count = 0;
    try {
      count = await visitObjects(context, visit);
    } catch (error) {
      if (wanted !== 'delete' || !hasReason(error, 'NotFound')) throw error;
    }
    if (count === 0 && wanted !== 'delete') throw new CommandError('no matching resources found');
  },
};

/** `condition=Ready`, `condition=Ready=false`, `jsonpath={.status.phase}=Running`. */
function conditionOf(wanted: string): (object: KubeJson) => boolean {
  if (wanted.startsWith('condition=')) {
    const [name = '', value = 'true'] = wanted.slice('condition='.length).split('=');
    return (object) => {
      const condition = listAt(object, 'status', 'conditions').find((one) => textAt(one, 'type').toLowerCase() === name.toLowerCase());
      const observed = condition?.['observedGeneration'];
      if (typeof observed === 'number' && observed < (object.metadata.generation ?? 0)) return false;
      return textAt(condition, 'status').toLowerCase() === value.toLowerCase();
    };
  }
  if (wanted === 'jsonpath=') throw new CommandError('jsonpath expression cannot be empty');
  const match = /^jsonpath=(\{.*?\}|[^=]+)(?:=(.*))?$/s.exec(wanted);
  if (!match) throw new CommandError(`unrecognized condition: ${JSON.stringify(wanted)}`);
  if (match[2] === '') throw new CommandError("jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3");
  if (/^\{[^}]*$|^['"]/.test(match[1] ?? '')) throw new CommandError("unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'");
  const path = new JsonPath(relaxedPath((match[1] ?? '')), { allowsMissing: true });
  const value = match[2];
  return (object) => {
    const found = path.find(object);
    if (value === undefined) return found.length > 0;
    if (found.length > 1) throw new CommandError('given jsonpath expression matches more than one value');
    if (typeof found[0] === 'object' && found[0] !== null) throw new CommandError('jsonpath leads to a nested object or list which is not supported');
    return found.length === 1 && goFormat(found[0]) === value;
  };
}

async function waitFor(context: CommandContext, info: Info, isMet: (object: KubeJson) => boolean, end: number): Promise<KubeJson> {
  const { connection, io } = context;
  const isOnce = parseDuration(context.flags.string('timeout')) === 0;
  let { object } = info;
  for (; !isMet(object); object = await connection.get(info.resource, info.namespace, info.name)) {
    if (isOnce) throw new CommandError(`condition not met for ${info.resource.resource}/${info.name}`);
    if (io.clock.monotonic() >= end) throw new CommandError(`timed out waiting for the condition on ${info.resource.resource}/${info.name}`);
    await io.clock.sleep(POLL_MS, io.signal);
  }
  return object;
}

async function waitForCreation(context: CommandContext, end: number): Promise<void> {
  const { connection, io } = context;
  for (const target of await allTargets(context, context.args)) {
    for (let isThere = false; !isThere; ) {
      try {
        if (target.name !== undefined) await connection.get(target.resource, target.namespace, target.name);
        isThere = target.name !== undefined || (await fetchTarget(context, target)).length > 0;
      } catch (error) {
        if (!hasReason(error, 'NotFound')) throw error;
      }
      if (isThere) continue;
      if (io.clock.monotonic() >= end) throw new CommandError('timed out waiting for the condition');
      await io.clock.sleep(POLL_MS, io.signal);
    }
  }
}
