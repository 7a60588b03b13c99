import { checksOf } from './checks.ts';
import type { Check, PodFacts, Violation } from './pod-facts.ts';

export type Level = 'privileged' | 'baseline' | 'restricted';

/** A level of the standards, and as of which version: `latest` or `v1.N`. */
export interface Policy {
  readonly level: Level;
  readonly version: string;
}

export const VERSION = /^(?:latest|v1\.(?:0|[1-9][0-9]*))$/;

const known = new Map<string, readonly Check[]>();

function checksFor(policy: Policy & { readonly level: 'baseline' | 'restricted' }): readonly Check[] {
  const key = nameOf(policy);
  let checks = known.get(key);
  if (checks) return checks;
  checks = checksOf(policy.level, policy.version === 'latest' ? Infinity : Number(policy.version.slice('v1.'.length)));
  if (known.size < 200) known.set(key, checks);
  return checks;
}

function found({ level, version }: Policy, pod: PodFacts): Violation[] {
  return level === 'privileged' ? [] : checksFor({ level, version }).flatMap((check) => check(pod) ?? []);
}

/** How a pod breaks a policy: `host namespaces (hostNetwork=true), hostPort (...)`; undefined if it does not. */
export function violationsOf(policy: Policy, pod: PodFacts): string | undefined {
  const violations = found(policy, pod);
  return violations.length > 0 ? violations.map(({ reason, detail }) => `${reason} (${detail})`).join(', ') : undefined;
}

/** The same without what makes it so: `host namespaces, hostPort`. */
export function reasonsOf(policy: Policy, pod: PodFacts): string | undefined {
  const violations = found(policy, pod);
  return violations.length > 0 ? violations.map(({ reason }) => reason).join(', ') : undefined;
}

/** `baseline:latest` */
export function nameOf({ level, version }: Policy): string {
  return `${level}:${version}`;
}

const LEVELS: readonly Level[] = ['privileged', 'baseline', 'restricted'];

export function levelOf(text: string): Level | undefined {
  return LEVELS.find((one) => one === text);
}

export function isStricter(one: Level, other: Level): boolean {
  return LEVELS.indexOf(one) > LEVELS.indexOf(other);
}
