import { createInterface } from 'node:readline';
import { hasReason } from '../../apimachinery/status.ts';
import { SELECTOR_FLAG, type Command, type CommandContext } from '../command.ts';
import { CommandError, FlagError, UsageError } from '../errors.ts';
import { flag } from '../flags.ts';
import { parseDuration } from '../duration.ts';
import { listAt, textAt } from '../kube-json.ts';
import { containerOf, podsOf } from '../pods-of.ts';
import type { Info } from '../resources/select.ts';

export const logs: Command = {
  name: 'logs',
  aliases: ['log'],
  usage: '[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]',
  summary: 'Print the logs for a container in a pod',
  flags: {
    ...SELECTOR_FLAG,
    follow: flag.bool('Specify if the logs should be streamed.', { short: 'f' }),
    previous: flag.bool('If true, print the logs for the previous instance of the container in a pod if it exists.', { short: 'p' }),
    container: flag.string('Print the logs of this container', { short: 'c' }),
    'all-containers': flag.bool("Get all containers' logs in the pod(s)."),
    'all-pods': flag.bool('Get logs from all pod(s).'),
    prefix: flag.bool('Prefix each log line with the log source (pod name and container name)'),
    since: flag.duration('Only return logs newer than a relative duration like 5s, 2m, or 3h.', { default: '0s' }),
    'since-time': flag.string('Only return logs after a specific date (RFC3339).'),
    tail: flag.int('Lines of recent log file to display.', { default: '-1' }),
    timestamps: flag.bool('Include timestamps on each line in the log output'),
    'limit-bytes': flag.int('Maximum bytes of logs to return.'),
    'ignore-errors': flag.bool('If watching / following pod logs, allow for any errors that occur to be non-fatal'),
    'max-log-requests': flag.int('Specify maximum number of concurrent logs to follow when using by a selector.', { default: '5' }),
    'pod-running-timeout': flag.duration('Accepted for compatibility.', { default: '20s' }),
    'insecure-skip-tls-verify-backend': flag.bool('Skip verifying the identity of the kubelet that logs are requested from.'),
  },
  run: async (context) => {
    const { args, connection, flags } = context;
    const selector = flags.string('selector');
    if (args.length > 2 || (args.length === 0 && selector === '')) throw new UsageError(`expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command`);
    if (args.length > 0 && selector !== '') throw new UsageError('only a selector (-l) or a POD name is allowed');
    checkFlags(context);
    const pods = (await connection.mapper()).resource('pods');
    let found: Info[];
    if (selector !== '') found = (await connection.list(pods, connection.namespace, { labelSelector: selector })).map((object) => ({ resource: pods, namespace: object.metadata.namespace, name: object.metadata.name ?? '', object, source: '' }));
    else {
      const named = await namedPods(context, args.slice(0, 1));
      if (named.length > 1 && !flags.bool('all-pods')) context.err(`Found ${named.length} pods, using pod/${named[0]?.name}\n`);
      found = flags.bool('all-pods') ? named : named.slice(0, 1);
    }
    if (found.length === 0) context.err(`No resources found in ${connection.namespace} namespace.\n`);
    const sources = found.flatMap((pod) => containersOf(context, pod, args[1] ?? '').map((container) => ({ pod, container })));
    if (flags.bool('follow') && sources.length > 1 && sources.length > flags.int('max-log-requests')) {
      throw new CommandError(`you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${flags.int('max-log-requests')}, use --max-log-requests to increase the limit`);
    }
    if (flags.bool('follow')) await Promise.all(sources.map(({ pod, container }) => printLog(context, pod, container)));
    else for (const { pod, container } of sources) await printLog(context, pod, container);
  },
};

/** Source: kubectl pkg/cmd/logs, Validate and ToLogOptions. */
function checkFlags({ args, flags }: CommandContext): void {
  const since = flags.string('since');
  try {
    parseDuration(since);
  } catch (error) {
    throw new FlagError(`invalid argument ${JSON.stringify(since)} for "--since" flag: time: invalid duration ${JSON.stringify(since)}`, { cause: error });
  }
  const time = flags.string('since-time');
  if (time !== '' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(time)) throw new CommandError(`parsing time ${JSON.stringify(time)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(time)} as "2006"`);
  if (time !== '' && flags.has('since')) throw new CommandError('at most one of `sinceTime` or `sinceSeconds` may be specified');
  if (flags.bool('all-containers') && (flags.string('container') || args[1])) throw new CommandError(`--all-containers=true should not be specified with container name ${flags.string('container') || args[1]}`);
  if (flags.string('container') && args[1]) throw new CommandError('only one of -c or an inline [CONTAINER] arg is allowed');
  if (flags.int('tail') < -1) throw new CommandError('--tail must be greater than or equal to -1');
  if (flags.int('limit-bytes') < 0) throw new CommandError('--limit-bytes must be greater than 0');
}

async function namedPods(context: CommandContext, args: readonly string[]): Promise<Info[]> {
  try {
    return await podsOf(context, args);
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
    throw new CommandError(`error from server (NotFound): ${error.message} in namespace ${JSON.stringify(context.connection.namespace)}`, { cause: error });
  }
}

function containersOf(context: CommandContext, pod: Info, second: string): string[] {
  const { flags } = context;
  if (!flags.bool('all-containers')) {
    const given = flags.string('container') || second;
    if (given !== '' && !namesOf(pod).includes(given)) throw new CommandError(`container ${given} is not valid for pod ${pod.name}`);
    return [containerOf(context, pod.object, given)];
  }
  return namesOf(pod);
}

function namesOf(pod: Info): string[] {
  return [...listAt(pod.object, 'spec', 'initContainers'), ...listAt(pod.object, 'spec', 'containers'), ...listAt(pod.object, 'spec', 'ephemeralContainers')].map((one) => textAt(one, 'name'));
}

async function printLog(context: CommandContext, pod: Info, container: string): Promise<void> {
  const { connection, flags, io } = context;
  const sinceMs = parseDuration(flags.string('since'));
  const tail = flags.has('tail') ? flags.int('tail') : flags.string('selector') ? 10 : -1;
  const query: Record<string, string> = {
    container,
    ...(flags.bool('follow') && { follow: 'true' }), ...(flags.bool('previous') && { previous: 'true' }), ...(flags.bool('timestamps') && { timestamps: 'true' }),
    ...(sinceMs > 0 && { sinceSeconds: String(Math.ceil(sinceMs / 1000)) }), ...(flags.string('since-time') && { sinceTime: flags.string('since-time') }),
    ...(tail >= 0 && { tailLines: String(tail) }), ...(flags.int('limit-bytes') > 0 && { limitBytes: String(flags.int('limit-bytes')) }),
    ...(flags.bool('insecure-skip-tls-verify-backend') && { insecureSkipTLSVerifyBackend: 'true' }),
  };
  try {
    const stream = await connection.stream({ path: connection.path(pod.resource, pod.namespace, pod.name, 'log'), query });
    if (flags.bool('prefix')) for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) context.out(`[pod/${pod.name}/${container}] ${line}\n`);
    else for await (const chunk of stream) if (!io.stdout.write(chunk)) await new Promise<void>((resolve) => io.stdout.once('drain', () => resolve()));
  } catch (error) {
    if (!flags.bool('ignore-errors') || io.signal.aborted) throw error;
    context.err(`error: ${(error as Error).message}\n`);
  }
}
