import { FILE_FLAGS, type Command, type CommandContext } from '../command.ts';
import { CommandError, UsageError } from '../errors.ts';
import { flag } from '../flags.ts';
import { type KubeJson, listAt, textAt } from '../kube-json.ts';
import { containerOf, podsOf } from '../pods-of.ts';
import { runRemote } from '../remote.ts';

const STREAM_FLAGS = {
  container: flag.string('Container name.', { short: 'c' }),
  stdin: flag.bool('Pass stdin to the container', { short: 'i' }),
  tty: flag.bool('Stdin is a TTY', { short: 't' }),
  quiet: flag.bool('Only print output from the remote session', { short: 'q' }),
  'pod-running-timeout': flag.duration('Accepted for compatibility.', { default: '1m0s' }),
};

export const exec: Command = {
  name: 'exec', usage: '(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]', summary: 'Execute a command in a container', flags: { ...STREAM_FLAGS, ...FILE_FLAGS },
  run: async (context) => {
    const { args, argsBeforeDash, flags } = context;
    const command = argsBeforeDash < 0 ? args.slice(1) : args.slice(argsBeforeDash);
    if (args.length === 0 || argsBeforeDash === 0) throw new CommandError('pod, type/name or --filename must be specified');
    if (command.length === 0) throw new CommandError('you must specify at least one command for the container');
    if (argsBeforeDash < 0) throw new UsageError("exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead");
    const pod = (await podsOf(context, args.slice(0, 1)))[0];
    if (!pod) throw new CommandError('expected a pod');
    const phase = textAt(pod.object, 'status', 'phase');
    if (phase === 'Succeeded' || phase === 'Failed') throw new CommandError(`cannot exec into a container in a completed pod; current phase is ${phase}`);
    const container = containerOf(context, pod.object, flags.string('container'));
    const tty = wantsTty(context, flags.bool('tty'));
    const options = { stdin: flags.bool('stdin'), stdout: true, stderr: !tty, tty };
    const query = new URLSearchParams([...command.map((word) => ['command', word]), ['container', container], ...streamQuery(options)]);
    return runRemote(context, context.connection.path(pod.resource, pod.namespace, pod.name, 'exec'), query, options);
  },
};

export const attach: Command = {
  name: 'attach', usage: '(POD | TYPE/NAME) -c CONTAINER', summary: 'Attach to a running container', flags: STREAM_FLAGS,
  run: async (context) => {
    const { args, flags } = context;
    if (args.length === 0) throw new CommandError('at least 1 argument is required for attach');
    if (args.length > 2) throw new CommandError(`expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${args.length}: [${args.join(' ')}]`);
    const pod = (await podsOf(context, args))[0];
    if (!pod) throw new CommandError('expected a pod');
    const container = containerOf(context, pod.object, flags.string('container'));
    const hasTerminal = [...listAt(pod.object, 'spec', 'containers'), ...listAt(pod.object, 'spec', 'initContainers'), ...listAt(pod.object, 'spec', 'ephemeralContainers')].some((one) => one['name'] === container && one['tty'] === true);
    if (flags.bool('tty') && !hasTerminal && !flags.bool('quiet')) context.err(`error: Unable to use a TTY - container ${container} did not allocate one\n`);
    return attachTo(context, pod.name, container, hasTerminal);
  },
};

/** `hasTerminal`: whether the container has one; undefined: as the flags of this command made it. */
export async function attachTo(context: CommandContext, name: string, container: string, hasTerminal?: boolean): Promise<number> {
  const { connection, flags } = context;
  const resource = (await connection.mapper()).resource('pods');
  const tty = wantsTty(context, hasTerminal ?? flags.bool('tty'));
  const options = { stdin: flags.bool('stdin'), stdout: true, stderr: !tty, tty };
  if (!flags.bool('quiet') && options.stdin) context.err("All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\nIf you don't see a command prompt, try pressing enter.\n");
  const pod = tty && !flags.bool('quiet') ? await connection.get(resource, connection.namespace, name) : undefined;
  const code = await runRemote(context, connection.path(resource, connection.namespace, name, 'attach'), new URLSearchParams([['container', container], ...streamQuery(options)]), { ...options, redraws: true });
  if (pod) context.err(howToComeBack(pod, container));
  return code;
}

/** After a session in a terminal, of a pod whose containers are started again. */
function howToComeBack(pod: KubeJson, container: string): string {
  if (textAt(pod, 'spec', 'restartPolicy') !== 'Always') return '';
  const command = `'kubectl attach ${pod.metadata.name ?? ''} -c ${container} -i -t'`;
  const isEphemeral = listAt(pod, 'spec', 'ephemeralContainers').some((one) => one['name'] === container);
  return isEphemeral ? `Session ended, the ephemeral container will not be restarted but may be reattached using ${command} if it is still running\n` : `Session ended, resume using ${command} command when the pod is running\n`;
}

/** A terminal only where there is one. */
function wantsTty(context: CommandContext, isAsked: boolean): boolean {
  const { flags, io } = context;
  if (!isAsked || !flags.bool('stdin')) return false;
  if (io.stdin.isTTY === true) return true;
  if (!flags.bool('quiet')) context.err('Unable to use a TTY - input is not a terminal or the right kind of file\n');
  return false;
}

function streamQuery(options: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean; readonly tty: boolean }): string[][] {
  return Object.entries(options).filter(([, isOn]) => isOn).map(([name]) => [name, 'true']);
}
