import type { Command } from 'commander';
import type { AuditDelivery, AuditOptions } from '../../cluster/server-options.ts';
import { UsageError } from '../errors.ts';
import { addDeliveryFlags, deliveryOf, type DeliveryFlags, VERSION } from './audit-delivery-flags.ts';
import { duration } from '../flags.ts';
import { isTrue, oneOf, wholeNumber } from './values.ts';

/** What is recorded of requests, under kube-apiserver's names. */
export interface AuditFlags extends DeliveryFlags {
  readonly auditPolicyFile?: string;
  readonly auditLogPath?: string;
  readonly auditLogMaxage: number;
  readonly auditLogMaxbackup: number;
  readonly auditLogMaxsize: number;
  readonly auditLogCompress: boolean;
  readonly auditLogFormat: string;
  readonly auditWebhookConfigFile?: string;
  readonly auditWebhookInitialBackoff: number;
}

export function addAuditFlags(command: Command): void {
  const count = wholeNumber({ min: 0 });
  command
    .optionsGroup('Audit:')
    .option('--audit-policy-file <file>', 'an audit Policy: which requests are recorded, and how much of them')
    .option('--audit-log-path <file>', 'record requests in this file, as lines; -: standard output')
    .option('--audit-log-maxage <days>', 'delete files that were put aside so long ago; 0: never', count, 366)
    .option('--audit-log-maxbackup <count>', 'keep so many files that were put aside; 0: all', count, 100)
    .option('--audit-log-maxsize <megabytes>', 'put the file aside when it is so large', wholeNumber({ min: 1 }), 100)
    .option('--audit-log-compress [bool]', 'whether files that are put aside are compressed with gzip', isTrue, false)
    .option('--audit-log-format <format>', 'json: an object a line; legacy: a line of text', oneOf(['json', 'legacy']), 'json')
    .option('--audit-log-version <version>', `of the objects in the file: ${VERSION}`, oneOf([VERSION]), VERSION);
  addDeliveryFlags(command, { backend: 'log', mode: 'blocking', maxSize: 1, maxWaitMs: 0 });
  command
    .option('--audit-webhook-config-file <file>', 'send what is recorded to the server that this kubeconfig names')
    .option('--audit-webhook-initial-backoff <duration>', 'how long to wait before a request is sent again', duration, 10_000)
    .option('--audit-webhook-version <version>', `of the objects that are sent: ${VERSION}`, oneOf([VERSION]), VERSION);
  addDeliveryFlags(command, { backend: 'webhook', mode: 'batch', maxSize: 400, maxWaitMs: 30_000, throttle: { perSecond: 10, burst: 15 } });
}

/** undefined: nothing is recorded. Throws UsageError for flags that lack each other. */
export function auditOptions(flags: AuditFlags): AuditOptions | undefined {
  const { auditPolicyFile: policyFile, auditLogPath: path, auditWebhookConfigFile: configFile } = flags;
  const delivery: Record<'log' | 'webhook', AuditDelivery> = { log: deliveryOf(flags, 'log'), webhook: deliveryOf(flags, 'webhook') };
  if (path === undefined && configFile === undefined) return undefined;
  if (policyFile === undefined) throw new UsageError(`${path === undefined ? '--audit-webhook-config-file' : '--audit-log-path'} needs --audit-policy-file: without a policy nothing is recorded`);
  return {
    policyFile,
    log: path === undefined ? undefined : {
      ...delivery.log, path, maxAgeDays: flags.auditLogMaxage, maxBackups: flags.auditLogMaxbackup, maxSizeMegabytes: flags.auditLogMaxsize, compress: flags.auditLogCompress,
      format: flags.auditLogFormat === 'legacy' ? 'legacy' : 'json',
    },
    webhook: configFile === undefined ? undefined : { ...delivery.webhook, configFile, initialBackoffMs: flags.auditWebhookInitialBackoff },
  };
}
