import { hasReason } from '../../apimachinery/status.ts';
import { DRY_RUN_FLAG, FILE_FLAGS, PRINT_FLAGS, type Command, type CommandContext, fieldManagerFlag } from '../command.ts';
import { dryRunOf } from '../dry-run.ts';
import { CommandError, UsageError } from '../errors.ts';
import { flag } from '../flags.ts';
import { listAt, textAt, type KubeJson } from '../kube-json.ts';
import { withLastApplied } from '../last-applied.ts';
import { OVERRIDE_FLAGS, withOverrides } from '../overrides.ts';
import { createMade } from './create/generator.ts';
import { attachTo } from './exec.ts';

const POLL_MS = 100;
/** Stricter than the server is. */
const VARIABLE = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;
const PULL_POLICIES = ['', 'Always', 'IfNotPresent', 'Never'];
const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];

export const run: Command = {
  name: 'run',
  usage: 'NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--command] -- [COMMAND] [args...]',
  summary: 'Run a particular image on the cluster',
  flags: {
    ...PRINT_FLAGS, ...DRY_RUN_FLAG, ...fieldManagerFlag('kubectl-run'),
    image: flag.string('The image for the container to run.'),
    'image-pull-policy': flag.string('The image pull policy for the container.'),
    env: flag.list('Environment variables to set in the container.', { isWhole: true }),
    labels: flag.list('Comma separated labels to apply to the pod.', { short: 'l' }),
    annotations: flag.list('Annotations to apply to the pod.', { isWhole: true }),
    port: flag.string('The port that this container exposes.'),
    restart: flag.string('The restart policy for this Pod. Legal values [Always, OnFailure, Never].', { default: 'Always' }),
    command: flag.bool("If true and extra arguments are present, use them as the 'command' field in the container, rather than the 'args' field."),
    privileged: flag.bool('If true, run the container in privileged mode.'),
    stdin: flag.bool('Keep stdin open on the container in the pod, even if nothing is attached.', { short: 'i' }),
    tty: flag.bool('Allocate a TTY for the container in the pod.', { short: 't' }),
    attach: flag.bool('If true, wait for the Pod to start running, and then attach to the Pod.'),
    rm: flag.bool('If true, delete the pod after it exits.'),
    ...FILE_FLAGS, ...OVERRIDE_FLAGS,
    expose: flag.bool('If true, create a ClusterIP service associated with the pod.  Requires `--port`.'),
    'save-config': flag.bool('If true, the configuration of current object will be saved in its annotation.'),
    'leave-stdin-open': flag.bool('If the pod is started in interactive mode or with stdin, leave stdin open after the first attach completes.'),
    'pod-running-timeout': flag.duration('The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running', { default: '1m0s' }),
    cascade: flag.string('Accepted for compatibility.', { default: 'background', ifBare: 'background' }), force: flag.bool('Accepted for compatibility.'), wait: flag.bool('Accepted for compatibility.'),
    'grace-period': flag.int('Period of time in seconds given to the pod to terminate gracefully, with --rm.', { default: '-1' }), timeout: flag.duration('Accepted for compatibility.', { default: '0s' }),
    quiet: flag.bool('If true, suppress prompt messages.', { short: 'q' }),
  },
  run: async (context) => {
    const { args, flags, connection } = context;
    const [name] = args;
    if (!flags.has('image')) throw new CommandError('required flag(s) "image" not set');
    if (name === undefined) throw new UsageError('NAME is required for run');
    if (flags.string('image') === '') throw new CommandError('--image is required');
    if (flags.bool('tty') && !flags.bool('stdin')) throw new UsageError('-i/--stdin is required for containers with -t/--tty=true');
    if (flags.bool('expose') && flags.string('port') === '') throw new UsageError('--port must be set when exposing a service');
    if (!RESTART_POLICIES.includes(flags.string('restart'))) throw new UsageError(`invalid restart policy: ${flags.string('restart')}`);
    const attaches = flags.has('attach') ? flags.bool('attach') : flags.bool('stdin') || flags.bool('tty');
    if (attaches && dryRunOf(flags) !== 'none') throw new UsageError("--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)");
    if (flags.bool('rm') && !attaches) throw new UsageError('--rm should only be used for attached containers');
    if (!PULL_POLICIES.includes(flags.string('image-pull-policy'))) throw new UsageError(`invalid image pull policy: ${flags.string('image-pull-policy')}`);
    const pod = withOverrides(flags, podOf(flags, name, args.slice(1)));
    if (flags.bool('expose')) await createMade(context, serviceOf(pod, Number(flags.string('port'))));
    const created = await createMade(context, flags.bool('save-config') ? withLastApplied(pod) : pod, 'created', { isSilent: attaches });
    if (!attaches) return 0;
    const resource = (await connection.mapper()).resource('pods');
    try {
      const started = await untilPhase(context, created, ['Running', 'Succeeded', 'Failed']);
      if (textAt(started, 'status', 'phase') === 'Running') await attachOrLog(context, name);
      else await followLog(context, name);
      if (flags.string('restart') === 'Always') return 0;
      const ends = flags.string('restart') === 'Never' ? ['Succeeded', 'Failed'] : ['Succeeded'];
      return exitCodeOf(await untilPhase(context, started, ends));
    } finally {
      if (flags.bool('rm')) await remove(context, connection.path(resource, connection.namespace, name), name);
    }
  },
};

/** The pod, as it is once it is in one of `phases`. */
async function untilPhase(context: CommandContext, pod: KubeJson, phases: readonly string[]): Promise<KubeJson> {
  const { connection, io } = context;
  const resource = (await connection.mapper()).resource('pods');
  let seen = pod;
  for (; !phases.includes(textAt(seen, 'status', 'phase')); seen = await connection.get(resource, connection.namespace, pod.metadata.name ?? '')) await io.clock.sleep(POLL_MS, io.signal);
  return seen;
}

/** A container may end between the look at it and the attaching, which the node tells in one of several ways: then its log tells what it said. */
async function attachOrLog(context: CommandContext, name: string): Promise<void> {
  try {
    await attachTo(context, name, name);
  } catch (error) {
    context.io.signal.throwIfAborted();
    context.err(`warning: couldn't attach to pod/${name}, falling back to streaming logs: ${(error as Error).message.replace(/^error: /, '')}\n`);
    await followLog(context, name);
  }
}

async function followLog(context: CommandContext, name: string): Promise<void> {
  const { connection, io } = context;
  const resource = (await connection.mapper()).resource('pods');
  const stream = await connection.stream({ path: connection.path(resource, connection.namespace, name, 'log'), query: { container: name, follow: 'true' } });
  for await (const chunk of stream) io.stdout.write(chunk);
}

function exitCodeOf(pod: KubeJson): number {
  if (textAt(pod, 'status', 'phase') === 'Succeeded') return 0;
  const [ended] = listAt(pod, 'status', 'containerStatuses');
  const { name, namespace = 'default' } = pod.metadata;
  const code = Number(ended && textAt(ended, 'state', 'terminated', 'exitCode'));
  throw new CommandError(`pod ${namespace}/${name} terminated (${(ended && textAt(ended, 'state', 'terminated', 'reason')) ?? ''})`, { exitCode: code > 0 ? code : 1 });
}

/** A pair, at its first `=`. */
function cut(pair: string): [key: string, value: string | undefined] {
  const equals = pair.indexOf('=');
  return equals < 0 ? [pair, undefined] : [pair.slice(0, equals), pair.slice(equals + 1)];
}

function labelOf(pair: string): [string, string] {
  const [key = '', value, more] = pair.split('=');
  if (value === undefined || more !== undefined) throw new CommandError(`unexpected label spec: ${pair}`);
  if (key === '') throw new CommandError('unexpected empty label key');
  return [key, value];
}

function podOf(flags: CommandContext['flags'], name: string, words: readonly string[]): KubeJson {
  const env = flags.list('env').map((pair) => {
    const [key, value] = cut(pair);
    if (value === undefined || !VARIABLE.test(key)) throw new CommandError(`invalid env: ${pair}`);
    return { name: key, ...(value && { value }) };
  });
  const labels = flags.list('labels').length > 0 ? Object.fromEntries(flags.list('labels').map(labelOf)) : { run: name };
  const port = flags.string('port');
  if (port && !/^[+-]?\d+$/.test(port)) throw new CommandError(`strconv.Atoi: parsing ${JSON.stringify(port)}: invalid syntax`);
  const container = {
    name, image: flags.string('image'), resources: {},
    ...(words.length > 0 && { [flags.bool('command') ? 'command' : 'args']: words }), ...(env.length > 0 && { env }),
    ...(port && { ports: [{ containerPort: Number(port) }] }), ...(flags.string('image-pull-policy') && { imagePullPolicy: flags.string('image-pull-policy') }),
    ...(flags.bool('privileged') && { securityContext: { privileged: true } }), ...(flags.bool('stdin') && { stdin: true, ...(!flags.bool('leave-stdin-open') && { stdinOnce: true }) }), ...(flags.bool('tty') && { tty: true }),
  };
  const annotations = Object.fromEntries(flags.list('annotations').map((pair) => {
    const [key, value] = cut(pair);
    if (key === '' || value === undefined) throw new CommandError(`invalid annotations format: ${pair}`);
    return [key, value];
  }));
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels, ...(Object.keys(annotations).length > 0 && { annotations }) }, spec: { containers: [container], dnsPolicy: 'ClusterFirst', restartPolicy: flags.string('restart') }, status: {} };
}

function serviceOf(pod: KubeJson, port: number): KubeJson {
  const { name = '', labels } = pod.metadata;
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ port, protocol: 'TCP', targetPort: port }], selector: labels ?? {} }, status: { loadBalancer: {} } };
}

async function remove(context: CommandContext, path: string, name: string): Promise<void> {
  try {
    await context.connection.request({ method: 'DELETE', path });
  } catch (error) {
    if (hasReason(error, 'NotFound')) return;
    throw error;
  }
  context.out(`pod ${JSON.stringify(name)} deleted from ${context.connection.namespace} namespace\n`);
}
