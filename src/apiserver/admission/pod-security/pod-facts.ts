import type { Container, EphemeralContainer, PodSpec } from '../../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';

export type Spec = DeepReadonly<PodSpec>;
export type AnyContainer = DeepReadonly<Container | EphemeralContainer>;
export type SecurityContext = NonNullable<DeepReadonly<Container>['securityContext']>;

/** A pod as the checks see it. */
export interface PodFacts {
  readonly spec: Spec;
  readonly annotations: Readonly<Record<string, string>>;
  readonly containers: readonly AnyContainer[];
}

export function podFacts(spec: Spec, annotations: Readonly<Record<string, string>> | undefined): PodFacts {
  return { spec, annotations: annotations ?? {}, containers: [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])] };
}

export function isWindows({ os }: Spec): boolean {
  return os?.name === 'windows';
}

/** What one check holds against a pod. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

export type Check = (pod: PodFacts) => Violation | undefined;

export function quoted(values: readonly string[]): string {
  return values.map((one) => JSON.stringify(one)).join(', ');
}

/** `container "a"`, `containers "a", "b"`. */
export function named(what: string, names: readonly string[]): string {
  return `${plural(what, names)} ${quoted(names)}`;
}

export function plural(one: string, of: readonly unknown[], many = `${one}s`): string {
  return of.length === 1 ? one : many;
}

/** The names of containers whose security context `is` bad. */
export function containersWith(pod: PodFacts, is: (context: SecurityContext, container: AnyContainer) => boolean): string[] {
  return pod.containers.filter((one) => is(one.securityContext ?? {}, one)).map((one) => one.name);
}

export function violation(reason: string, details: readonly string[], separator = '; '): Violation | undefined {
  return details.length === 0 ? undefined : { reason, detail: details.join(separator) };
}

/** Whether the user of a container is another one outside of it: some rules are then not needed. Source: KEP-127. */
export function hasUserNamespace({ spec }: PodFacts): boolean {
  return spec.hostUsers === false;
}

/** `pod and containers "a", "b"`: who sets what; `isPod`: the pod itself does. */
export function setters(isPod: boolean, containers: readonly string[]): string | undefined {
  const all = [...(isPod ? ['pod'] : []), ...(containers.length > 0 ? [named('container', containers)] : [])];
  return all.length > 0 ? all.join(' and ') : undefined;
}

/** Each value once, in order. */
export function sorted(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
