import { parseLabelSelector } from '../../apimachinery/selectors/label-selector.ts';
import { hasReason } from '../../apimachinery/status.ts';
import { DRY_RUN_FLAG, SELECTOR_FLAG, type Command, type CommandContext } from '../command.ts';
import { waitUntilGone } from '../deletion.ts';
import { type DrainPlan, planDrain } from '../drain-plan.ts';
import { dryRunOf, dryRunOption, dryRunSuffix } from '../dry-run.ts';
import { parseDuration } from '../duration.ts';
import { CommandError, ManyErrors } from '../errors.ts';
import { flag } from '../flags.ts';
import type { KubeJson } from '../kube-json.ts';
import type { Info } from '../resources/select.ts';
import { markNode, nodesOf } from './cordon.ts';

/** How long to wait before asking again when a disruption budget refuses. Source: kubectl pkg/drain/drain.go. */
const RETRY_MS = 5000;

export const drain: Command = {
  name: 'drain',
  usage: 'NODE',
  summary: 'Drain node in preparation for maintenance',
  flags: {
    ...DRY_RUN_FLAG, ...SELECTOR_FLAG,
    force: flag.bool('Continue even if there are pods that do not declare a controller.'),
    'ignore-daemonsets': flag.bool('Ignore DaemonSet-managed pods.'),
    'delete-emptydir-data': flag.bool('Continue even if there are pods using emptyDir (local data that will be deleted when the node is drained).'),
    'grace-period': flag.int('Period of time in seconds given to each pod to terminate gracefully.', { default: '-1' }),
    timeout: flag.duration('The length of time to wait before giving up, zero means infinite', { default: '0s' }),
    'disable-eviction': flag.bool('Force drain to use delete, even if eviction is supported.'),
    'pod-selector': flag.string('Label selector to filter pods on the node'),
    'chunk-size': flag.int('Accepted for compatibility.', { default: '500' }),
    'skip-wait-for-delete-timeout': flag.int('If pod DeletionTimestamp older than N seconds, skip waiting for the pod.'),
  },
  run: async (context) => {
    dryRunOf(context.flags);
    checkPodSelector(context.flags.string('pod-selector'));
    const nodes = await nodesOf(context);
    for (const node of nodes) await markNode(context, node, true);
    const errors: unknown[] = [];
    for (const [index, node] of nodes.entries()) {
      try {
        await drainNode(context, node);
        context.out(`node/${node.name} drained${dryRunSuffix(dryRunOf(context.flags))}\n`);
      } catch (error) {
        context.io.signal.throwIfAborted();
        const messages = error instanceof ManyErrors ? error.errors.map((one) => (one as Error).message) : [(error as Error).message];
        const text = messages.length === 1 ? messages[0] : `[${messages.join(', ')}]`;
        context.err(`error: unable to drain node ${JSON.stringify(node.name)} due to error: ${text}, continuing command...\n`);
        context.err(`There are pending nodes to be drained:\n${nodes.slice(index).map((one) => ` ${one.name}\n`).join('')}`);
        errors.push(...messages.map((message) => new CommandError(message, { isBare: true })));
      }
    }
    if (errors.length > 0) throw new ManyErrors(errors);
  },
};

function checkPodSelector(text: string): void {
  try {
    if (text !== '') parseLabelSelector(text);
  } catch (error) {
    throw new CommandError('--pod-selector=<pod_selector> must be a valid label selector', { cause: error });
  }
}

async function podsToGo(context: CommandContext, node: Info): Promise<DrainPlan> {
  const { connection, flags } = context;
  const mapper = await connection.mapper();
  const selector = flags.string('pod-selector');
  const pods = await connection.list(mapper.resource('pods'), undefined, { fieldSelector: `spec.nodeName=${node.name}`, ...(selector && { labelSelector: selector }) });
  const skipSeconds = flags.int('skip-wait-for-delete-timeout');
  const now = context.io.clock.now();
  const relevant = pods.filter((pod) => !(skipSeconds > 0 && pod.metadata.deletionTimestamp && now - Date.parse(pod.metadata.deletionTimestamp) > skipSeconds * 1000));
  const owners = relevant.filter((pod) => pod.metadata.ownerReferences?.some((owner) => owner.controller && owner.kind === 'DaemonSet'));
  const daemonSets = new Set(owners.length === 0 ? [] : (await connection.list(mapper.resource('daemonsets.apps'), undefined)).map((one) => `${one.metadata.namespace}/${one.metadata.name}`));
  return planDrain(relevant, daemonSets, { force: flags.bool('force'), ignoreDaemonSets: flags.bool('ignore-daemonsets'), deleteEmptyDirData: flags.bool('delete-emptydir-data') });
}

async function drainNode(context: CommandContext, node: Info): Promise<void> {
  const { flags, io } = context;
  const plan = await podsToGo(context, node);
  if (plan.errors.length > 0) throw new ManyErrors(plan.errors.map((text) => new CommandError(text)));
  if (plan.warnings.length > 0) context.err(`Warning: ${plan.warnings.join('; ')}\n`);
  const dryRun = dryRunOf(flags);
  const timeoutMs = parseDuration(flags.string('timeout'));
  const endMs = io.clock.monotonic() + (timeoutMs > 0 ? timeoutMs : Number.POSITIVE_INFINITY);
  if (!flags.bool('disable-eviction')) for (const pod of plan.pods) context.out(`evicting pod ${pod.metadata.namespace}/${pod.metadata.name}${dryRunSuffix(dryRun)}\n`);
  if (dryRun === 'client') return;
  const results = await Promise.allSettled(plan.pods.map((pod) => removePod(context, pod, endMs, timeoutMs)));
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (failures.length === 0) return;
  const pending = (await podsToGo(context, node)).pods;
  if (pending.length > 0) context.err(`There are pending pods in node ${JSON.stringify(node.name)} when an error occurred: ${(failures[0] as Error).message}\n${pending.map((pod) => `pod/${pod.metadata.name}\n`).join('')}`);
  throw failures.length === 1 ? failures[0] : new ManyErrors(failures);
}

async function removePod(context: CommandContext, pod: KubeJson, endMs: number, timeoutMs: number): Promise<void> {
  const { connection, flags, io } = context;
  const { name = '', namespace } = pod.metadata;
  const dryRun = dryRunOf(flags);
  const resource = (await connection.mapper()).resource('pods');
  const graceSeconds = flags.int('grace-period');
  const deleteOptions = { ...(graceSeconds >= 0 && { gracePeriodSeconds: graceSeconds }), ...(dryRun === 'server' && { dryRun: ['All'] }) };
  const timedOut = (): CommandError => new CommandError(`error when ${flags.bool('disable-eviction') ? 'deleting' : 'evicting'} pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}: global timeout reached: ${flags.string('timeout')}`);
  for (;;) {
    try {
      if (flags.bool('disable-eviction')) await connection.request({ method: 'DELETE', path: connection.path(resource, namespace, name), body: { apiVersion: 'v1', kind: 'DeleteOptions', ...deleteOptions, ...dryRunOption(dryRun) } });
      else await connection.request({ method: 'POST', path: connection.path(resource, namespace, name, 'eviction'), body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, deleteOptions } });
      break;
    } catch (error) {
      if (hasReason(error, 'NotFound')) return;
      const isTerminatingNamespace = hasReason(error, 'Forbidden') && error.status.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating');
      if (!hasReason(error, 'TooManyRequests') && !isTerminatingNamespace) throw new CommandError(`error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}: ${(error as Error).message}`, { cause: error });
      context.err(`error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)} (will retry after 5s): ${(error as Error).message}\n`);
      if (io.clock.monotonic() + RETRY_MS > endMs) {
        await io.clock.sleep(Math.max(endMs - io.clock.monotonic(), 0), io.signal);
        throw timedOut();
      }
      await io.clock.sleep(RETRY_MS, io.signal);
    }
  }
  if (dryRun === 'server') return;
  await waitUntilGone(context, { resource, namespace, name, uid: pod.metadata.uid }, timeoutMs > 0 ? Math.max(endMs - io.clock.monotonic(), 1) : 0);
  context.out(`pod/${name} ${flags.bool('disable-eviction') ? 'deleted' : 'evicted'}\n`);
}
