export const PROFILES: readonly string[] = ['legacy', 'general', 'baseline', 'netadmin', 'restricted', 'sysadmin'];

interface DebugProfile {
  readonly container: Readonly<Record<string, unknown>>;
  readonly pod: Readonly<Record<string, unknown>>;
}

const HOST = { hostIPC: true, hostNetwork: true, hostPID: true };

/** What a profile of `kubectl debug` allows the debugging container, and a pod on a node. Source: KEP-1441, "Debugging profiles". */
export function debugProfile(name: string, place: 'ephemeral' | 'copy' | 'node'): DebugProfile {
  const security = (securityContext: object): Readonly<Record<string, unknown>> => ({ securityContext });
  const onNode = place === 'node';
  switch (name) {
    case 'general': return { container: onNode ? {} : security({ capabilities: { add: ['SYS_PTRACE'] } }), pod: onNode ? HOST : {} };
    case 'netadmin': return { container: security({ capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } }), pod: onNode ? HOST : {} };
    case 'sysadmin': return { container: security({ privileged: true }), pod: onNode ? HOST : {} };
    case 'restricted': return { container: security({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } }), pod: {} };
    case 'baseline': return { container: {}, pod: {} };
    default: return { container: {}, pod: onNode ? HOST : {} };
  }
}
