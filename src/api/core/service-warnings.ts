/** Source: kubernetes pkg/api/service/warnings.go. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { spellingWarnings } from '../../apimachinery/validation/ip.ts';
import type { Service } from '../generated/core-v1.ts';

const SPEC = FieldPath.of('spec');
const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';

/** The same on each write. */
export function serviceWarnings({ metadata, spec }: DeepReadonly<Service>): string[] {
  const { type, clusterIP, clusterIPs = [], externalIPs = [], loadBalancerIP, loadBalancerSourceRanges = [], externalName, sessionAffinity } = spec;
  const isHeadless = type === 'ClusterIP' && clusterIP === 'None';
  const isName = type === 'ExternalName';
  const rows: readonly (readonly [applies: boolean, text: string])[] = [
    [isHeadless && Boolean(loadBalancerIP), 'spec.loadBalancerIP is ignored for headless services'],
    [isHeadless && externalIPs.length > 0, 'spec.externalIPs is ignored for headless services'],
    [isHeadless && sessionAffinity !== 'None', 'spec.SessionAffinity is ignored for headless services'],
  ];
  const lastRows: readonly (readonly [applies: boolean, text: string])[] = [
    [isName && externalIPs.length > 0, 'spec.externalIPs is ignored when spec.type is "ExternalName"'],
    [!isName && Boolean(externalName), 'spec.externalName is ignored when spec.type is not "ExternalName"'],
    [spec.trafficDistribution === 'PreferClose', 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'],
  ];
  const texts = (all: typeof rows): string[] => all.filter(([applies]) => applies).map(([, text]) => text);
  return [
    ...texts([[metadata.annotations?.[TOPOLOGY_HINTS] !== undefined, `annotation ${TOPOLOGY_HINTS} is deprecated, please use service.kubernetes.io/topology-mode instead`]]),
    ...(clusterIP && clusterIP !== 'None' ? clusterIPs.flatMap((ip, i) => spellingWarnings(ip, SPEC.child('clusterIPs').index(i))) : []),
    ...texts(rows),
    ...externalIPs.flatMap((ip, i) => spellingWarnings(ip, SPEC.child('externalIPs').index(i))),
    ...texts([[externalIPs.length > 0 && !isHeadless && !isName, 'spec.externalIPs is deprecated and may no longer be implemented in some clusters']]),
    ...(loadBalancerIP ? spellingWarnings(loadBalancerIP, SPEC.child('loadBalancerIP')) : []),
    ...loadBalancerSourceRanges.flatMap((range, i) => spellingWarnings(range, SPEC.child('loadBalancerSourceRanges').index(i))),
    ...texts(lastRows),
  ];
}
