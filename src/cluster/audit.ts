import { AuditMetrics } from '../apiserver/audit/audit-metrics.ts';
import { Auditor } from '../apiserver/audit/auditor.ts';
import { BatchingBackend } from '../apiserver/audit/batching-backend.ts';
import { BlockingBackend } from '../apiserver/audit/blocking-backend.ts';
import type { AuditBackend, AuditSink } from '../apiserver/audit/event.ts';
import { LogSink } from '../apiserver/audit/log-sink.ts';
import { AuditPolicy } from '../apiserver/audit/policy.ts';
import { TruncatingSink } from '../apiserver/audit/truncating-sink.ts';
import { WebhookSink } from '../apiserver/audit/webhook-sink.ts';
import { kubeconfigTransport } from '../client/kubeconfig-transport.ts';
import { readFlagFile } from './authentication.ts';
import type { Logger } from '../base/logger.ts';
import type { AuditDelivery, AuditOptions } from './server-options.ts';
import type { ClusterTools } from './tools.ts';

const WEBHOOK_TIMEOUT_MS = 30_000;

/** Throws Error naming the file for a policy that cannot be read, and for a log that cannot be written. */
export function auditor(options: AuditOptions, tools: ClusterTools): Auditor {
  const { clock, logger } = tools;
  const { policyFile, log, webhook } = options;
  const metrics = new AuditMetrics();
  const backends: AuditBackend[] = [];
  const policy = policyOf(policyFile, logger);
  if (log) backends.push(backendOf(new LogSink({ ...log, clock, logger }), log, { metrics, ...tools }));
  if (webhook) {
    const transport = kubeconfigTransport(webhook.configFile, { clock, timeoutMs: WEBHOOK_TIMEOUT_MS, userAgent: 'kube-apiserver' });
    backends.push(backendOf(new WebhookSink({ transport, initialBackoffMs: webhook.initialBackoffMs, clock }), webhook, { metrics, ...tools }));
  }
  return new Auditor({ policy, backends, clock, metrics });
}

function backendOf(target: AuditSink, { mode, batch, truncate }: AuditDelivery, tools: ClusterTools & { readonly metrics: AuditMetrics }): AuditBackend {
  const { metrics, clock, logger } = tools;
  const sink = truncate ? new TruncatingSink(target, { ...truncate, metrics, logger }) : target;
  if (mode !== 'batch') return new BlockingBackend({ sink, isStrict: mode === 'blocking-strict', metrics, logger });
  return new BatchingBackend({ ...batch, sink, isParallel: sink.name === 'webhook', metrics, clock, logger });
}

function policyOf(file: string, logger: Logger): AuditPolicy {
  const text = readFlagFile('--audit-policy-file', file);
  try {
    return AuditPolicy.parse(text, (field) => logger.warn('the audit policy has a field that nobody knows', { file, field }));
  } catch (error) {
    throw new Error(`--audit-policy-file: ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
