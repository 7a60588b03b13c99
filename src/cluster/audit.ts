import { Auditor } from '../apiserver/audit/auditor.ts';
import type { AuditBackend } from '../apiserver/audit/event.ts';
import { LogBackend } from '../apiserver/audit/log-backend.ts';
import { AuditPolicy } from '../apiserver/audit/policy.ts';
import { WebhookBackend } from '../apiserver/audit/webhook-backend.ts';
import { kubeconfigTransport } from '../client/kubeconfig-transport.ts';
import { readFlagFile } from './authentication.ts';
import type { AuditOptions } from './server-options.ts';
import type { ClusterTools } from './tools.ts';

const WEBHOOK_TIMEOUT_MS = 30_000;

/** Throws Error naming the file for a policy that cannot be read, and for a log that cannot be written. */
export function auditor(options: AuditOptions, tools: ClusterTools): Auditor {
  const { clock, logger } = tools;
  const { policyFile, log, webhook } = options;
  const backends: AuditBackend[] = [];
  const policy = policyOf(policyFile);
  if (log) backends.push(new LogBackend({ ...log, clock, logger }));
  if (webhook) {
    const transport = kubeconfigTransport(webhook.configFile, { clock, timeoutMs: WEBHOOK_TIMEOUT_MS, userAgent: 'kube-apiserver' });
    backends.push(new WebhookBackend({ ...webhook, transport, clock, logger }));
  }
  return new Auditor({ policy, backends, clock });
}

function policyOf(file: string): AuditPolicy {
  const text = readFlagFile('--audit-policy-file', file);
  try {
    return AuditPolicy.parse(text);
  } catch (error) {
    throw new Error(`--audit-policy-file: ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
