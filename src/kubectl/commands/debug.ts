import { FILE_FLAGS, type Command, type CommandContext } from '../command.ts';
import { debugProfile, PROFILES } from '../debug-profile.ts';
import { CommandError, UsageError } from '../errors.ts';
import { flag } from '../flags.ts';
import { copyJson, type KubeJson, listAt, textAt } from '../kube-json.ts';
import { groupVersion } from '../resources/rest-mapper.ts';
import { fetchTarget, type Info, targetsOf } from '../resources/select.ts';
import { at } from '../kube-json.ts';
import { attachTo } from './exec.ts';

const POLL_MS = 100;
const SUFFIX_LENGTH = 5;
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

export const debug: Command = {
  name: 'debug', usage: '(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]', summary: 'Create debugging sessions for troubleshooting workloads and nodes',
  flags: {
    ...FILE_FLAGS,
    image: flag.string('Container image to use for debug container.'), container: flag.string('Container name to use for debug container.', { short: 'c' }), target: flag.string('When using an ephemeral container, target processes in this container name.'),
    'copy-to': flag.string('Create a copy of the target Pod with this name.'), replace: flag.bool("When used with '--copy-to', delete the original Pod."), 'same-node': flag.bool("When used with '--copy-to', schedule the copy of target Pod on the same node."),
    'share-processes': flag.bool("When used with '--copy-to', enable process namespace sharing in the copy.", { default: 'true' }), 'set-image': flag.list("When used with '--copy-to', a list of name=image pairs for changing container images"),
    'keep-labels': flag.bool('If true, keep the original pod labels.'), 'keep-annotations': flag.bool('If true, keep the original pod annotations.'), 'keep-liveness': flag.bool('If true, keep the original pod liveness probes.'), 'keep-readiness': flag.bool('If true, keep the original pod readiness probes.'), 'keep-startup': flag.bool('If true, keep the original startup probes.'), 'keep-init-containers': flag.bool('Run the init containers for the pod.', { default: 'true' }),
    env: flag.list('Environment variables to set in the container.', { isWhole: true }), 'image-pull-policy': flag.string('The image pull policy for the container.'), profile: flag.string(`Options are ${PROFILES.join(', ')}.`, { default: 'legacy' }), custom: flag.string('Path to a JSON or YAML file containing a partial container spec to customize built-in debug profiles.'),
    attach: flag.bool('If true, wait for the container to start running, and then attach as if \'kubectl attach ...\' were called.'), stdin: flag.bool('Keep stdin open on the container(s) in the pod, even if nothing is attached.', { short: 'i' }), tty: flag.bool('Allocate a TTY for the debugging container.', { short: 't' }),
    quiet: flag.bool('If true, suppress informational messages.', { short: 'q' }), 'arguments-only': flag.bool('If specified, everything after -- will be passed to the new container as Args instead of Command.'),
  },
  run: async (context) => {
    const { args, argsBeforeDash, connection, flags } = context;
    const names = argsBeforeDash < 0 ? args : args.slice(0, argsBeforeDash);
    if (!flags.string('image') && !flags.string('copy-to')) throw new CommandError('you must specify --image when not using --copy-to.');
    if (!flags.string('image') && flags.list('set-image').length === 0 && context.argsBeforeDash < 0) throw new CommandError('you must specify --image, --set-image or command arguments.');
    const badImage = flags.list('set-image').find((pair) => !/^[^=]+=.+$/.test(pair));
    if (badImage !== undefined) throw new CommandError('--set-image must take values of the form name=image');
    if (names.length === 0) throw new CommandError('NAME or TYPE/NAME is required for debug');
    if (!PROFILES.includes(flags.string('profile'))) throw new CommandError(`unknown profile: ${flags.string('profile')}`);
    if (flags.bool('tty') && !flags.bool('stdin')) throw new UsageError('-i/--stdin is required for containers with -t/--tty=true');
    tellTarget(context);
    const words = names.length === 1 && !names[0]?.includes('/') ? ['pods', ...names] : names;
    const [target] = await connection.lookUp((mapper) => targetsOf(mapper, words, connection.namespace));
    const [info] = target ? await fetchTarget(context, target) : [];
    if (!info) throw new CommandError('expected a pod or a node');
    if (flags.string('profile') === 'legacy') context.err('--profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a profile, for example "--profile=general".\n');
    if (info.object.kind === 'Node') return debugNode(context, info);
    if (info.object.kind !== 'Pod') throw new CommandError(`"${groupVersion(info.resource)}, Kind=${info.resource.kind}" not supported by debug`);
    return flags.string('copy-to') ? debugCopy(context, info) : debugEphemeral(context, info);
  },
};

function suffix(context: CommandContext): string {
  return Array.from({ length: SUFFIX_LENGTH }, () => LETTERS[context.io.random.below(LETTERS.length)]).join('');
}

/** The debugging container that the flags describe. */
function containerFrom(context: CommandContext, name: string, place: 'ephemeral' | 'copy' | 'node'): Record<string, unknown> {
  const { args, argsBeforeDash, flags } = context;
  const command = argsBeforeDash < 0 ? [] : args.slice(argsBeforeDash);
  const env = flags.list('env').map((pair) => ({ name: pair.slice(0, pair.indexOf('=')), value: pair.slice(pair.indexOf('=') + 1) }));
  return {
    name, image: flags.string('image'), resources: {}, terminationMessagePolicy: 'File',
    ...(command.length > 0 && { [flags.bool('arguments-only') ? 'args' : 'command']: command }), ...(env.length > 0 && { env }), ...(flags.string('image-pull-policy') && { imagePullPolicy: flags.string('image-pull-policy') }),
    ...(flags.bool('stdin') && { stdin: true }), ...(flags.bool('tty') && { tty: true }), ...debugProfile(flags.string('profile'), place).container,
  };
}

async function debugEphemeral(context: CommandContext, info: Info): Promise<number> {
  const { connection, flags } = context;
  const name = flags.string('container') || `debugger-${suffix(context)}`;
  if (!flags.bool('quiet') && !flags.string('container')) context.out(`Defaulting debug container name to ${name}.\n`);
  if (!flags.bool('quiet') && !flags.string('target') && listAt(info.object, 'spec', 'containers').length > 1) context.err('Targeting container is not set: processes of other containers are not visible.\n');
  const container = { ...containerFrom(context, name, 'ephemeral'), ...(flags.string('target') && { targetContainerName: flags.string('target') }) };
  await connection.patch(connection.path(info.resource, info.namespace, info.name, 'ephemeralcontainers'), 'strategic', { spec: { ephemeralContainers: [container], '$setElementOrder/ephemeralContainers': [...listAt(info.object, 'spec', 'ephemeralContainers'), container].map((one) => ({ name: textAt(one, 'name') })) } });
  return attachIfAsked(context, info.name, name);
}

function tellTarget(context: CommandContext): void {
  const target = context.flags.string('target');
  if (target !== '' && !context.flags.bool('quiet')) context.out(`Targeting container ${JSON.stringify(target)}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`);
}

async function debugCopy(context: CommandContext, info: Info): Promise<number> {
  const { connection, flags } = context;
  const pod = copyJson(info.object) as KubeJson & { spec: Record<string, unknown> };
  const keep = (name: string): boolean => flags.bool(`keep-${name}`);
  pod.metadata = { name: flags.string('copy-to'), ...(info.namespace && { namespace: info.namespace }), ...(keep('labels') && pod.metadata.labels && { labels: pod.metadata.labels }), ...(keep('annotations') && pod.metadata.annotations && { annotations: pod.metadata.annotations }) };
  delete pod['status'];
  delete pod.spec['ephemeralContainers'];
  if (!flags.bool('same-node')) delete pod.spec['nodeName'];
  if (!keep('init-containers')) delete pod.spec['initContainers'];
  if (flags.has('share-processes')) pod.spec['shareProcessNamespace'] = flags.bool('share-processes');
  else if (flags.string('profile') !== 'legacy') pod.spec['shareProcessNamespace'] ??= true;
  const containers = listAt(pod, 'spec', 'containers');
  const images = new Map(flags.list('set-image').map((pair) => pair.split('=', 2) as [string, string]));
  for (const container of containers) {
    for (const probe of ['liveness', 'readiness', 'startup']) if (!keep(probe)) delete container[`${probe}Probe`];
    const image = images.get(String(container['name'])) ?? images.get('*');
    if (image) container['image'] = image;
  }
  const name = flags.string('container') || (flags.string('image') ? `debugger-${suffix(context)}` : textAt(containers[0], 'name'));
  if (flags.string('image') && !flags.string('container') && !flags.bool('quiet')) context.out(`Defaulting debug container name to ${name}.\n`);
  const existing = containers.find((one) => one['name'] === name);
  if (existing) Object.assign(existing, flags.string('image') ? containerFrom(context, name, 'copy') : {});
  else containers.push(containerFrom(context, name, 'copy'));
  if (flags.bool('replace')) await connection.request({ method: 'DELETE', path: connection.path(info.resource, info.namespace, info.name) });
  await connection.request({ method: 'POST', path: connection.collection(info.resource, info.namespace), body: pod });
  return attachIfAsked(context, flags.string('copy-to'), name);
}

async function debugNode(context: CommandContext, info: Info): Promise<number> {
  const { connection, flags } = context;
  const pods = (await connection.mapper()).resource('pods');
  const name = `node-debugger-${info.name}-${suffix(context)}`;
  const container = flags.string('container') || 'debugger';
  const pod = {
    apiVersion: 'v1', kind: 'Pod', metadata: { name },
    spec: {
      nodeName: info.name, restartPolicy: 'Never', tolerations: [{ operator: 'Exists' }], ...debugProfile(flags.string('profile'), 'node').pod,
      containers: [{ ...containerFrom(context, container, 'node'), volumeMounts: [{ name: 'host-root', mountPath: '/host' }] }], volumes: [{ name: 'host-root', hostPath: { path: '/' } }],
    },
  };
  await connection.request({ method: 'POST', path: connection.collection(pods, connection.namespace), body: pod });
  if (!flags.bool('quiet')) context.out(`Creating debugging pod ${name} with container ${container} on node ${info.name}.\n`);
  return attachIfAsked(context, name, container);
}

async function attachIfAsked(context: CommandContext, name: string, container: string): Promise<number> {
  const { connection, flags, io } = context;
  if (!(flags.has('attach') ? flags.bool('attach') : flags.bool('stdin'))) return 0;
  const pods = (await connection.mapper()).resource('pods');
  for (;;) {
    const pod = await connection.get(pods, connection.namespace, name);
    const statuses = [...listAt(pod, 'status', 'containerStatuses'), ...listAt(pod, 'status', 'ephemeralContainerStatuses')];
    const state = at(statuses.find((one) => one['name'] === container), 'state');
    if (at(state, 'running') !== undefined || at(state, 'terminated') !== undefined) break;
    await io.clock.sleep(POLL_MS, io.signal);
  }
  return attachTo(context, name, container);
}
