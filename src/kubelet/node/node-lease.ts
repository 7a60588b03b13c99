import { leases } from '../../api/refs.ts';
import { formatMicroTime } from '../../apimachinery/time.ts';
import { hasReason, StatusError } from '../../apimachinery/status.ts';
import type { Clock } from '../../base/clock.ts';
import { AbortError } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import { TransportError, type Client } from '../../client/index.ts';

const NAMESPACE = 'kube-node-lease';
const DURATION_SECONDS = 40;
const RENEW_MS = 10_000;
const RETRY_MS = 1000;
/** A renewal without an answer for so long is given up for another one, long before the node is taken for dead. Source: kubelet, heartbeat client timeout. */
const ANSWER_MS = 10_000;

/** Renews the node's Lease every ten seconds: the heartbeat that the node controller listens to. Ends with the signal. */
export async function renewNodeLease(options: { client: Client; clock: Clock; logger: Logger; nodeName: string; nodeUid: () => string | undefined }, signal: AbortSignal): Promise<void> {
  const { clock, logger } = options;
  let exists = true;
  while (!signal.aborted) {
    let waitMs = RENEW_MS;
    const late = new AbortController();
    using _alarm = clock.after(ANSWER_MS, () => late.abort(new AbortError('no answer in time')));
    const inTime = AbortSignal.any([signal, late.signal]);
    try {
      await (exists ? renew(options, inTime) : create(options, inTime));
      exists = true;
    } catch (error) {
      if (signal.aborted) return;
      if (!late.signal.aborted && !StatusError.is(error) && !(error instanceof TransportError)) throw error;
      if (hasReason(error, 'NotFound') && exists) {
        exists = false;
        continue;
      }
      if (hasReason(error, 'AlreadyExists')) {
        exists = true;
        continue;
      }
      logger.warn('renewing the lease of the node failed', { error: (error as Error).message });
      waitMs = RETRY_MS;
    }
    await clock.sleep(waitMs, signal);
  }
}

async function renew({ client, clock, nodeName }: { client: Client; clock: Clock; nodeName: string }, signal: AbortSignal): Promise<void> {
  const patch = { spec: { holderIdentity: nodeName, leaseDurationSeconds: DURATION_SECONDS, renewTime: formatMicroTime(clock.now()) } };
  await client.resource(leases, NAMESPACE).patch(nodeName, { type: 'merge', patch }, { signal });
}

async function create({ client, clock, nodeName, nodeUid }: { client: Client; clock: Clock; nodeName: string; nodeUid: () => string | undefined }, signal: AbortSignal): Promise<void> {
  const uid = nodeUid();
  const ownerReferences = uid === undefined ? [] : [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid }];
  const spec = { holderIdentity: nodeName, leaseDurationSeconds: DURATION_SECONDS, renewTime: formatMicroTime(clock.now()) };
  await client.resource(leases, NAMESPACE).create({ metadata: { name: nodeName, ownerReferences }, spec }, { signal });
}
