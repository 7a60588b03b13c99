import { FILE_FLAGS, PRINT_FLAGS, SELECTOR_FLAG, type Command, type CommandContext, fieldManagerFlag } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { CommandError } from '../errors.ts';
import { flag } from '../flags.ts';
import { at, numberAt } from '../kube-json.ts';
import { formatTime } from '../../apimachinery/time.ts';
import { printResult } from '../printers/object-printer.ts';
import { rolloutStatus } from '../rollout-status.ts';
import { qualifiedName } from '../resources/rest-mapper.ts';
import type { Info } from '../resources/select.ts';
import { history } from './rollout/history.ts';
import { visitRollouts } from './rollout/targets.ts';
import { undo } from './rollout/undo.ts';

const FLAGS = { ...FILE_FLAGS, ...SELECTOR_FLAG };
const CHANGE_FLAGS = { ...FLAGS, ...PRINT_FLAGS, ...fieldManagerFlag('kubectl-rollout') };
const POLL_MS = 100;

export const rollout: Command = {
  name: 'rollout', usage: 'SUBCOMMAND', summary: 'Manage the rollout of a resource', flags: {}, alone: 'stdout',
  subcommands: [
    history, undo,
    { name: 'status', usage: '(TYPE NAME | TYPE/NAME) [flags]', summary: 'Show the status of the rollout', flags: { ...FLAGS, watch: flag.bool('Watch the status of the rollout until it is done.', { short: 'w', default: 'true' }), timeout: flag.duration('The length of time to wait before ending watch, zero means never.', { default: '0s' }), revision: flag.int('Pin to a specific revision for showing its status.') }, run: showStatus },
    { name: 'restart', usage: 'RESOURCE', summary: 'Restart a resource', flags: CHANGE_FLAGS, run: (context) => change(context, 'restarted', (info) => ({ ...restartable(info), spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': formatTime(context.io.clock.now()) } } } } })) },
    { name: 'pause', usage: 'RESOURCE', summary: 'Mark the provided resource as paused', flags: CHANGE_FLAGS, run: (context) => change(context, 'paused', (info) => pausedPatch(info, true)) },
    { name: 'resume', usage: 'RESOURCE', summary: 'Resume a paused resource', flags: CHANGE_FLAGS, run: (context) => change(context, 'resumed', (info) => pausedPatch(info, false)) },
  ],
};

/** Nothing, for a kind whose pods can be made anew. */
function restartable(info: Info): object {
  if (!['Deployment', 'DaemonSet', 'StatefulSet'].includes(info.object.kind ?? '')) throw new CommandError(`${qualifiedName(info.resource)} ${JSON.stringify(info.name)} restarting is not supported`);
  if (at(info.object, 'spec', 'paused') === true) throw new CommandError(`error: ${qualifiedName(info.resource)} ${JSON.stringify(info.name)} can't restart paused deployment (run rollout resume first)`);
  return {};
}

function pausedPatch(info: Info, paused: boolean): object {
  if (info.object.kind !== 'Deployment') throw new CommandError(`${info.resource.resource}.${info.resource.group} ${JSON.stringify(info.name)} ${paused ? 'pausing' : 'resuming'} is not supported`);
  if ((at(info.object, 'spec', 'paused') === true) === paused) throw new CommandError(`deployments.apps ${JSON.stringify(info.name)} is ${paused ? 'already paused' : 'not paused'}`);
  return { spec: { paused: paused || null } };
}

async function change(context: CommandContext, verb: string, patchOf: (info: Info) => object): Promise<void> {
  const count = await visitRollouts(context, async (info) => {
    const changed = await context.connection.patch(context.connection.path(info.resource, info.namespace, info.name), 'strategic', patchOf(info), { fieldManager: context.flags.string('field-manager') });
    printResult(context, info.resource, changed, verb);
  });
  if (count === 0) context.err(`No resources found in ${context.connection.namespace} namespace.\n`);
}

async function showStatus(context: CommandContext): Promise<void> {
  const { connection, flags, io } = context;
  const timeoutMs = parseDuration(flags.string('timeout'));
  const end = io.clock.monotonic() + (timeoutMs > 0 ? timeoutMs : Number.POSITIVE_INFINITY);
  await visitRollouts(context, async (info) => {
    const revision = flags.int('revision');
    if (revision > 0 && numberAt(info.object, 'metadata', 'annotations', 'deployment.kubernetes.io/revision') !== revision) throw new CommandError(`desired revision (${revision}) is different from the running revision (${numberAt(info.object, 'metadata', 'annotations', 'deployment.kubernetes.io/revision')})`);
    let last = '';
    for (let { object } = info; ; object = await connection.get(info.resource, info.namespace, info.name)) {
      const { message, isDone } = rolloutStatus(object, info.resource.group);
      if (message !== last) context.out(`${message}\n`);
      last = message;
      if (isDone || !flags.bool('watch')) return;
      if (io.clock.monotonic() >= end) throw new CommandError('timed out waiting for the condition');
      await io.clock.sleep(POLL_MS, io.signal);
    }
  });
}
