/** What Go's scheme of the built-in kinds can read: those served, what belongs to requests, and versions that are not served any more. Source: kubernetes pkg/api/legacyscheme. */
import { kinds } from '../../api/kinds.ts';

/** Those who are served by servers with schemes of their own, which know their own group only: where each scheme is made, and versions that it still reads. Source: apiextensions-apiserver pkg/apiserver, kube-aggregator pkg/apiserver/scheme. */
interface OwnScheme {
  readonly source: string;
  readonly kinds: readonly string[];
  readonly old: readonly string[];
}

const OWN_SCHEMES: ReadonlyMap<string, OwnScheme> = new Map(Object.entries({
  'apiextensions.k8s.io': { source: 'k8s.io/apiextensions-apiserver/pkg/apiserver/apiserver.go:54', kinds: ['CustomResourceDefinition', 'CustomResourceDefinitionList', 'ConversionReview'], old: ['v1beta1'] },
  'apiregistration.k8s.io': { source: 'k8s.io/kube-aggregator/pkg/apiserver/scheme/scheme.go:32', kinds: ['APIService', 'APIServiceList'], old: ['v1beta1'] },
}));
const SOURCE = 'pkg/api/legacyscheme/scheme.go:30';
const OPTIONS = ['WatchEvent', 'ListOptions', 'GetOptions', 'DeleteOptions', 'CreateOptions', 'UpdateOptions', 'PatchOptions'];
/** Every scheme knows them, as kinds of v1. */
const UNVERSIONED = ['Status', 'APIVersions', 'APIGroup', 'APIGroupList', 'APIResourceList'];
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  v1: [
    'List', ...UNVERSIONED, 'PodAttachOptions', 'PodExecOptions', 'PodLogOptions', 'PodPortForwardOptions', 'PodProxyOptions', 'NodeProxyOptions',
    'ServiceProxyOptions', 'PodStatusResult', 'RangeAllocation', 'SerializedReference', 'ComponentStatusList',
  ],
  'policy/v1': ['Eviction'], 'autoscaling/v1': ['Scale'], 'authentication.k8s.io/v1': ['TokenRequest'],
};
/** By group: objects say theirs, and may say `toString`. */
const OLD: ReadonlyMap<string, readonly string[]> = new Map(Object.entries({
  apps: ['v1beta1', 'v1beta2'], autoscaling: ['v2beta1', 'v2beta2'], batch: ['v1beta1'], extensions: ['v1beta1'], policy: ['v1beta1'], 'admissionregistration.k8s.io': ['v1alpha1', 'v1beta1'],
  'authentication.k8s.io': ['v1alpha1', 'v1beta1'], 'authorization.k8s.io': ['v1beta1'], 'certificates.k8s.io': ['v1alpha1', 'v1beta1'], 'coordination.k8s.io': ['v1alpha2', 'v1beta1'], 'discovery.k8s.io': ['v1beta1'],
  'events.k8s.io': ['v1beta1'], 'flowcontrol.apiserver.k8s.io': ['v1beta1', 'v1beta2', 'v1beta3'], 'internal.apiserver.k8s.io': ['v1alpha1'], 'networking.k8s.io': ['v1beta1'], 'node.k8s.io': ['v1alpha1', 'v1beta1'],
  'rbac.authorization.k8s.io': ['v1alpha1', 'v1beta1'], 'resource.k8s.io': ['v1alpha3', 'v1beta1', 'v1beta2'], 'scheduling.k8s.io': ['v1alpha1', 'v1alpha2', 'v1beta1'], 'storage.k8s.io': ['v1alpha1', 'v1beta1'],
  'storagemigration.k8s.io': ['v1beta1'],
}));

let registered: ReadonlySet<string> | undefined;

function registeredKinds(): ReadonlySet<string> {
  const all = new Set<string>();
  const add = (apiVersion: string, names: readonly string[]): void => {
    for (const name of [...names, ...OPTIONS]) all.add(`${apiVersion} ${name}`);
  };
  for (const { group, kind, versions } of kinds) {
    if (OWN_SCHEMES.has(group)) continue;
    for (const { version } of versions) add(group === '' ? version : `${group}/${version}`, [kind, `${kind}List`]);
  }
  for (const [apiVersion, names] of Object.entries(OTHERS)) add(apiVersion, names);
  return all;
}

/** Why Go cannot even make an object to read into; undefined if it can. `target`: the version of the kind that is served. */
export function unregistered(apiVersion: string, kind: string, target: string): string | undefined {
  const own = OWN_SCHEMES.get(target.split('/')[0] ?? '');
  const isKnown = own ? ownKnows(own, target, apiVersion, kind) : legacyKnows(apiVersion, kind);
  return isKnown ? undefined : `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "${own?.source ?? SOURCE}"`;
}

function legacyKnows(apiVersion: string, kind: string): boolean {
  const [group = '', version = ''] = apiVersion.split('/');
  if (OLD.get(group)?.includes(version)) return true;
  registered ??= registeredKinds();
  return registered.has(`${apiVersion} ${kind}`);
}

function ownKnows(own: OwnScheme, target: string, apiVersion: string, kind: string): boolean {
  if (apiVersion === 'v1') return UNVERSIONED.includes(kind) || OPTIONS.includes(kind);
  const [group = ''] = target.split('/');
  return (apiVersion === target || own.old.some((version) => apiVersion === `${group}/${version}`)) && (own.kinds.includes(kind) || OPTIONS.includes(kind));
}
