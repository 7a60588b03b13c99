import { containersWith, named, plural, quoted, setters, sorted, type Check, type PodFacts, type Violation } from './pod-facts.ts';
import { goQuote } from '../../../apimachinery/go-quote.ts';

const TYPES: ReadonlySet<string> = new Set(['RuntimeDefault', 'Localhost']);
const POD_ANNOTATION = 'seccomp.security.alpha.kubernetes.io/pod';
const CONTAINER_ANNOTATION = 'container.seccomp.security.alpha.kubernetes.io/';

/** The annotations that chose profiles before there were fields. */
export function seccompAnnotationsOf({ annotations, containers }: PodFacts): readonly (readonly [key: string, value: string])[] {
  const keys = [POD_ANNOTATION, ...containers.map(({ name }) => CONTAINER_ANNOTATION + name)];
  return keys.flatMap((key): (readonly [string, string])[] => (annotations[key] === undefined ? [] : [[key, annotations[key]]]));
}

/** Before v1.19, when profiles were annotations. */
export const seccompAnnotations: Check = (pod) => {
  const isGood = (value: string): boolean => value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/');
  const bad = sorted(seccompAnnotationsOf(pod).flatMap(([key, value]) => (isGood(value) ? [] : [`${key}=${goQuote(value)}`])));
  return bad.length > 0 ? { reason: 'seccompProfile', detail: `forbidden ${plural('annotation', bad)} ${bad.join(', ')}` } : undefined;
};

export const seccompProfile: Check = (pod) => {
  const ofPod = pod.spec.securityContext?.seccompProfile;
  const isBad = (profile: typeof ofPod): boolean => profile !== undefined && !TYPES.has(profile.type);
  const who = setters(isBad(ofPod), containersWith(pod, (context) => isBad(context.seccompProfile)));
  if (who === undefined) return undefined;
  const types = sorted([ofPod, ...pod.containers.map((one) => one.securityContext?.seccompProfile)].filter(isBad).map((profile) => profile?.type ?? ''));
  return { reason: 'seccompProfile', detail: `${who} must not set securityContext.seccompProfile.type to ${quoted(types)}` };
};

/** What the level `restricted` asks for besides: that there is one. */
export const seccompProfileRequired: Check = (pod) => seccompProfile(pod) ?? withoutProfile(pod);

function withoutProfile(pod: PodFacts): Violation | undefined {
  if (pod.spec.securityContext?.seccompProfile) return undefined;
  const unset = containersWith(pod, (context) => context.seccompProfile === undefined);
  return unset.length > 0 ? { reason: 'seccompProfile', detail: `pod or ${named('container', unset)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"` } : undefined;
}
