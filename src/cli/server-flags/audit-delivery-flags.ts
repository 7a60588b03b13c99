import type { Command } from 'commander';
import type { AuditDelivery } from '../../cluster/server-options.ts';
import { UsageError } from '../errors.ts';
import { durationOrZero, fraction, isTrue, oneOf, wholeNumber } from './values.ts';

export const VERSION = 'audit.k8s.io/v1';
const MODES = ['batch', 'blocking', 'blocking-strict'] as const;

type Backend = 'log' | 'webhook';
type Upper<T extends Backend> = T extends 'log' ? 'auditLog' : 'auditWebhook';

/** How events get to one of the two backends. */
interface Delivery {
  readonly Mode: string;
  readonly BatchBufferSize: number;
  readonly BatchMaxSize: number;
  readonly BatchMaxWait: number;
  readonly BatchThrottleEnable: boolean;
  readonly BatchThrottleQps: number;
  readonly BatchThrottleBurst: number;
  readonly TruncateEnabled: boolean;
  readonly TruncateMaxBatchSize: number;
  readonly TruncateMaxEventSize: number;
}

export type DeliveryFlags = { readonly [K in keyof Delivery as `${Upper<Backend>}${K}`]: Delivery[K] };

interface DeliveryDefaults {
  readonly backend: Backend;
  readonly mode: (typeof MODES)[number];
  readonly maxSize: number;
  readonly maxWaitMs: number;
  readonly throttle?: { readonly perSecond: number; readonly burst: number };
}

/** Source: apiserver pkg/server/options/audit.go. */
export function addDeliveryFlags(command: Command, { backend, mode, maxSize, maxWaitMs, throttle }: DeliveryDefaults): void {
  const positive = wholeNumber({ min: 1 });
  command
    .option(`--audit-${backend}-mode <mode>`, 'blocking: before the answer; blocking-strict: and no request goes on that could not be recorded; batch: together, a moment later', oneOf(MODES), mode)
    .option(`--audit-${backend}-batch-buffer-size <count>`, 'how many events wait at most, in mode batch', positive, 10_000)
    .option(`--audit-${backend}-batch-max-size <count>`, 'how many events go together', positive, maxSize)
    .option(`--audit-${backend}-batch-max-wait <duration>`, 'how long an event waits for others', durationOrZero, maxWaitMs)
    .option(`--audit-${backend}-batch-throttle-enable [bool]`, 'whether batches are held back', isTrue, throttle !== undefined)
    .option(`--audit-${backend}-batch-throttle-qps <number>`, 'how many batches go a second on average', fraction, throttle?.perSecond ?? 0)
    .option(`--audit-${backend}-batch-throttle-burst <count>`, 'how many go at once after a rest', wholeNumber({ min: 0 }), throttle?.burst ?? 0)
    .option(`--audit-${backend}-truncate-enabled [bool]`, 'whether events that are too large lose what was asked and answered', isTrue, false)
    .option(`--audit-${backend}-truncate-max-batch-size <bytes>`, 'larger batches are divided', positive, 10 * 1024 * 1024)
    .option(`--audit-${backend}-truncate-max-event-size <bytes>`, 'what is too large', positive, 100 * 1024);
}

/** Throws UsageError for what contradicts itself. */
export function deliveryOf(flags: DeliveryFlags, backend: Backend): AuditDelivery {
  const named: Readonly<Record<string, unknown>> = { ...flags };
  const of = <K extends keyof Delivery>(key: K): Delivery[K] => named[`${backend === 'log' ? 'auditLog' : 'auditWebhook'}${key}`] as Delivery[K];
  const [perSecond, burst] = [of('BatchThrottleQps'), of('BatchThrottleBurst')];
  if (of('BatchThrottleEnable') && (perSecond <= 0 || burst < 1)) throw new UsageError(`--audit-${backend}-batch-throttle-enable needs --audit-${backend}-batch-throttle-qps and --audit-${backend}-batch-throttle-burst above 0`);
  if (of('BatchMaxSize') > of('BatchBufferSize')) throw new UsageError(`--audit-${backend}-batch-max-size must not be above --audit-${backend}-batch-buffer-size`);
  if (of('TruncateMaxEventSize') > of('TruncateMaxBatchSize')) throw new UsageError(`--audit-${backend}-truncate-max-event-size must not be above --audit-${backend}-truncate-max-batch-size`);
  return {
    mode: MODES.find((mode) => mode === of('Mode')) ?? 'batch',
    batch: { bufferSize: of('BatchBufferSize'), maxBatchSize: of('BatchMaxSize'), maxBatchWaitMs: of('BatchMaxWait'), throttle: of('BatchThrottleEnable') ? { perSecond, burst } : undefined },
    truncate: of('TruncateEnabled') ? { maxEventSize: of('TruncateMaxEventSize'), maxBatchSize: of('TruncateMaxBatchSize') } : undefined,
  };
}
