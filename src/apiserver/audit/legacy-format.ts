import { goQuote } from '../../apimachinery/go-quote.ts';
import type { AuditEvent } from './event.ts';

interface Who {
  readonly username?: string;
  readonly groups?: readonly string[];
}

/** An event as a line of text: `--audit-log-format legacy`. Source: apiserver pkg/audit/format.go. */
export function legacyLine(event: AuditEvent): string {
  const user = event.user as Who;
  const as = event.impersonatedUser as Who | undefined;
  const { namespace } = (event.objectRef ?? {}) as { namespace?: string };
  const { code } = (event.responseStatus ?? {}) as { code?: number };
  const fields = [
    ['id', event.auditID], ['stage', event.stage], ['ip', event.sourceIPs?.[0] ?? '<unknown>'], ['method', event.verb], ['user', user.username || '<none>'], ['groups', user.username && user.groups ? quoted(user.groups) : '<none>'],
    ['as', as ? (as.username ?? '') : '<self>'], ['asgroups', as?.groups ? quoted(as.groups) : '<lookup>'], ['user-agent', event.userAgent ?? ''], ['namespace', namespace || '<none>'], ['uri', event.requestURI],
  ] as const;
  return `${event.requestReceivedTimestamp} AUDIT: ${fields.map(([name, value]) => `${name}=${goQuote(value)}`).join(' ')} response="${code ?? '<deferred>'}"`;
}

function quoted(texts: readonly string[]): string {
  return texts.map(goQuote).join(',');
}
