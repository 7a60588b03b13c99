import { CommandError, type Commands } from '../base/commands.ts';
import type { Logger } from '../base/logger.ts';
import type { ServiceRules, UdpFrontend } from './plan.ts';

/**
 * Which tracked UDP flows to forget, as arguments of `conntrack --delete`. A flow of UDP has no end: without this, a client that keeps its port
 * goes on sending to an endpoint that is gone, or to nowhere because there was none when it began.
 */
export function staleFlows(before: ServiceRules | undefined, after: ServiceRules | undefined): string[][] {
  const now = new Map(after?.udp.map((frontend) => [frontendKey(frontend), frontend]));
  const stale: string[][] = [];
  const known = new Set<string>();
  for (const old of before?.udp ?? []) {
    known.add(frontendKey(old));
    const left = now.get(frontendKey(old))?.endpoints ?? [];
    for (const endpoint of old.endpoints) if (!left.includes(endpoint)) stale.push([...flowsTo(old), '--dst-nat', endpoint]);
    if (old.endpoints.length === 0 && left.length > 0) stale.push(flowsTo(old));
  }
  for (const [key, fresh] of now) if (!known.has(key) && fresh.endpoints.length > 0) stale.push(flowsTo(fresh));
  return stale;
}

function frontendKey({ family, ip, port }: UdpFrontend): string {
  return `${family} ${ip ?? 'node'} ${port}`;
}

function flowsTo({ family, ip, port }: UdpFrontend): string[] {
  return [...(family === 'IPv6' ? ['--family', 'ipv6'] : []), '--proto', 'udp', ...(ip === undefined ? [] : ['--orig-dst', ip]), '--orig-port-dst', String(port)];
}

/** Forgets the flows; one that cannot be forgotten is logged, for it ends by itself after two minutes of silence. */
export async function forgetFlows(commands: Commands, flows: readonly (readonly string[])[], logger: Logger): Promise<void> {
  for (const flow of flows) {
    try {
      await commands.run(['conntrack', '--delete', ...flow]);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (error.stderr.includes(' 0 flow entries')) continue; // there was none: the usual case
      logger.warn('cannot forget the flows to a UDP endpoint that is gone', { flow: flow.join(' '), error: error.message });
    }
  }
}
