import type { Command } from 'commander';
import type { AuditOptions } from '../../cluster/server-options.ts';
import { UsageError } from '../errors.ts';
import { duration } from '../flags.ts';
import { wholeNumber } from './values.ts';

/** What is recorded of requests, under kube-apiserver's names. */
export interface AuditFlags {
  readonly auditPolicyFile?: string;
  readonly auditLogPath?: string;
  readonly auditLogMaxage: number;
  readonly auditLogMaxbackup: number;
  readonly auditLogMaxsize: number;
  readonly auditLogMode: string;
  readonly auditLogFormat: string;
  readonly auditWebhookConfigFile?: string;
  readonly auditWebhookBatchBufferSize: number;
  readonly auditWebhookBatchMaxSize: number;
  readonly auditWebhookBatchMaxWait: number;
  readonly auditWebhookInitialBackoff: number;
}

export function addAuditFlags(command: Command): void {
  const count = wholeNumber({ min: 0 });
  command
    .optionsGroup('Audit:')
    .option('--audit-policy-file <file>', 'an audit Policy: which requests are recorded, and how much of them')
    .option('--audit-log-path <file>', 'record requests in this file, as lines of JSON; -: standard output')
    .option('--audit-log-maxage <days>', 'delete files that were put aside so long ago; 0: never', count, 366)
    .option('--audit-log-maxbackup <count>', 'keep so many files that were put aside; 0: all', count, 100)
    .option('--audit-log-maxsize <megabytes>', 'put the file aside when it is so large', wholeNumber({ min: 1 }), 100)
    .option('--audit-log-mode <mode>', 'blocking: write before answering; batch: write together, a moment later', 'blocking')
    .option('--audit-log-format <format>', 'json', 'json')
    .option('--audit-webhook-config-file <file>', 'send what is recorded to the server that this kubeconfig names')
    .option('--audit-webhook-batch-buffer-size <count>', 'how many events wait at most', count, 10_000)
    .option('--audit-webhook-batch-max-size <count>', 'how many events are sent at once', wholeNumber({ min: 1 }), 400)
    .option('--audit-webhook-batch-max-wait <duration>', 'how long an event waits for others', duration, 30_000)
    .option('--audit-webhook-initial-backoff <duration>', 'how long to wait before a request is sent again', duration, 10_000);
}

/** undefined: nothing is recorded. Throws UsageError for flags that lack each other. */
export function auditOptions(flags: AuditFlags): AuditOptions | undefined {
  const { auditPolicyFile: policyFile, auditLogPath: path, auditWebhookConfigFile: configFile } = flags;
  if (flags.auditLogFormat !== 'json') throw new UsageError('--audit-log-format: only json is written');
  if (!['blocking', 'batch'].includes(flags.auditLogMode)) throw new UsageError('--audit-log-mode must be blocking or batch');
  if (path === undefined && configFile === undefined) return undefined;
  if (policyFile === undefined) throw new UsageError(`${path === undefined ? '--audit-webhook-config-file' : '--audit-log-path'} needs --audit-policy-file: without a policy nothing is recorded`);
  return {
    policyFile,
    log: path === undefined ? undefined : { path, maxAgeDays: flags.auditLogMaxage, maxBackups: flags.auditLogMaxbackup, maxSizeMegabytes: flags.auditLogMaxsize, batch: flags.auditLogMode === 'batch' },
    webhook: configFile === undefined ? undefined : {
      configFile, bufferSize: flags.auditWebhookBatchBufferSize, maxBatchSize: flags.auditWebhookBatchMaxSize, maxBatchWaitMs: flags.auditWebhookBatchMaxWait, initialBackoffMs: flags.auditWebhookInitialBackoff,
    },
  };
}
