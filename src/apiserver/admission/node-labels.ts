type Labels = Readonly<Record<string, string>> | undefined;

/** Labels of Kubernetes' own domains that a kubelet may set. Source: kubelet/pkg/apis/well_known_labels.go. */
const KUBELET_LABELS = new Set([
  'kubernetes.io/hostname', 'topology.kubernetes.io/zone', 'topology.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/region',
  'node.kubernetes.io/instance-type', 'beta.kubernetes.io/instance-type', 'kubernetes.io/os', 'kubernetes.io/arch', 'beta.kubernetes.io/os', 'beta.kubernetes.io/arch',
]);
const KUBELET_DOMAINS = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
/** Labels that only an administrator sets, so that pods can be kept from nodes that were broken into. */
const RESTRICTED_DOMAIN = 'node-restriction.kubernetes.io';

function domainOf(label: string): string {
  const slash = label.indexOf('/');
  return slash < 0 ? '' : label.slice(0, slash);
}

function isIn(domain: string, parent: string): boolean {
  return domain === parent || domain.endsWith(`.${parent}`);
}

function isOfKubernetes(label: string): boolean {
  const domain = domainOf(label);
  return isIn(domain, 'kubernetes.io') || isIn(domain, 'k8s.io');
}

function isKubelets(label: string): boolean {
  const domain = domainOf(label);
  return KUBELET_LABELS.has(label) || KUBELET_DOMAINS.some((one) => isIn(domain, one));
}

/** The labels that a node may not give itself when it is made. */
export function forbiddenLabels(labels: Labels): string[] {
  return Object.keys(labels ?? {}).filter((label) => isIn(domainOf(label), RESTRICTED_DOMAIN) || (isOfKubernetes(label) && !isKubelets(label))).sort();
}

/** The labels that a node may not set, change or remove later. */
export function forbiddenLabelChanges(labels: Labels, old: Labels): string[] {
  const changed = [...new Set([...Object.keys(labels ?? {}), ...Object.keys(old ?? {})])].filter((label) => labels?.[label] !== old?.[label]);
  return changed.filter((label) => isIn(domainOf(label), RESTRICTED_DOMAIN) || (isOfKubernetes(label) && !isKubelets(label))).sort();
}
