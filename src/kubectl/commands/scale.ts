import { DRY_RUN_FLAG, FILE_FLAGS, PRINT_FLAGS, SELECTOR_FLAG, type Command, type CommandContext } from '../command.ts';
import { dryRunOf, dryRunQuery, dryRunSuffix } from '../dry-run.ts';
import { parseDuration } from '../duration.ts';
import { CommandError } from '../errors.ts';
import { flag } from '../flags.ts';
import { type KubeJson, mapAt, numberAt, textAt } from '../kube-json.ts';
import { checkOutput, printResult } from '../printers/object-printer.ts';
import { type Info, visitObjects } from '../resources/select.ts';

const POLL_MS = 100;

export const scale: Command = {
  name: 'scale',
  usage: '[--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)',
  summary: 'Set a new size for a deployment, replica set, or replication controller',
  flags: {
    ...PRINT_FLAGS, ...FILE_FLAGS, ...SELECTOR_FLAG, ...DRY_RUN_FLAG,
    all: flag.bool('Select all resources in the namespace of the specified resource types'),
    replicas: flag.int('The new desired number of replicas. Required.', { default: '-1' }),
    'current-replicas': flag.int('Precondition for current size.', { default: '-1' }),
    'resource-version': flag.string('Precondition for resource version.'),
    timeout: flag.duration('The length of time to wait before giving up on a scale operation.', { default: '0s' }),
  },
  run: async (context) => {
    checkOutput(context);
    const { connection, flags } = context;
    const replicas = flags.int('replicas');
    if (replicas < 0) throw new CommandError(flags.has('replicas') ? 'The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0' : 'required flag(s) "replicas" not set');
    const [current, version] = [flags.int('current-replicas'), flags.string('resource-version')];
    const dryRun = dryRunOf(flags);
    const timeoutMs = parseDuration(flags.string('timeout'));
    const infos: Info[] = [];
    let failed: unknown;
    try {
      await visitObjects(context, async (info) => void infos.push(info));
    } catch (error) {
      failed = error; // what was found is scaled all the same
    }
    if (infos.length === 0 && failed === undefined) throw new CommandError('no objects passed to scale');
    if (version && infos.length > 1) throw new CommandError('cannot use --resource-version with multiple resources');
    for (const info of infos) {
      const path = connection.path(info.resource, info.namespace, info.name, 'scale');
      if (dryRun !== 'client' && (current >= 0 || version)) {
        const scale = await connection.request({ path });
        if (current >= 0 && numberAt(scale, 'spec', 'replicas') !== current) throw new CommandError(`Expected replicas to be ${current}, was ${numberAt(scale, 'spec', 'replicas')}`, { isBare: false });
        if (version && textAt(scale, 'metadata', 'resourceVersion') !== version) throw new CommandError(`Expected resource version to be ${version}, was ${textAt(scale, 'metadata', 'resourceVersion')}`);
      }
      if (dryRun !== 'client') await connection.patch(path, 'merge', { spec: { replicas } }, dryRunQuery(dryRun));
      if (timeoutMs > 0 && dryRun === 'none') await untilScaled(context, info, timeoutMs);
      printResult(context, info.resource, dryRun === 'server' ? info.object : withReplicas(info, replicas), `scaled${dryRunSuffix(dryRun)}`);
    }
    if (failed !== undefined) throw failed;
  },
};

/** Until there are as many as there shall be. */
async function untilScaled({ connection, io }: CommandContext, { resource, namespace, name }: Info, timeoutMs: number): Promise<void> {
  const end = io.clock.monotonic() + timeoutMs;
  for (;;) {
    const scale = await connection.request({ path: connection.path(resource, namespace, name, 'scale') });
    if (numberAt(scale, 'status', 'replicas') === numberAt(scale, 'spec', 'replicas')) return;
    if (io.clock.monotonic() >= end) throw new CommandError(`timed out waiting for ${JSON.stringify(name)} to be synced`);
    await io.clock.sleep(POLL_MS, io.signal);
  }
}

/** Kinds of others may keep their number elsewhere. */
function withReplicas({ resource, object }: Info, replicas: number): KubeJson {
  return resource.group === 'apps' || resource.group === '' ? { ...object, spec: { ...mapAt(object, 'spec'), replicas } } : object;
}
