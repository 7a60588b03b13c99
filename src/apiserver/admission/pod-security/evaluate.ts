import { BASELINE, OVERRIDDEN } from './baseline.ts';
import type { PodFacts } from './pod-facts.ts';
import { RESTRICTED } from './restricted.ts';

export type Level = 'privileged' | 'baseline' | 'restricted';

/** A level of the standards, and as of which version: the checks here are those of the newest. */
export interface Policy {
  readonly level: Level;
  readonly version: string;
}

/** How a pod breaks a policy: `host namespaces (hostNetwork=true), hostPort (...)`; undefined if it does not. */
export function violationsOf({ level }: Policy, pod: PodFacts): string | undefined {
  if (level === 'privileged') return undefined;
  const checks = level === 'baseline' ? BASELINE : [...BASELINE.filter((check) => !OVERRIDDEN.has(check)), ...RESTRICTED];
  const found = checks.flatMap((check) => check(pod) ?? []);
  return found.length > 0 ? found.map(({ reason, detail }) => `${reason} (${detail})`).join(', ') : undefined;
}
