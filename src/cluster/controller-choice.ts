/** Older names of controllers, which manifests still have (kubeadm's too). Source: cmd/kube-controller-manager/names and the aliases of its descriptors. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['serviceaccount-token', 'serviceaccount-token-controller'], ['endpoint', 'endpoints-controller'], ['endpointslice', 'endpointslice-controller'], ['endpointslicemirroring', 'endpointslice-mirroring-controller'],
  ['replicationcontroller', 'replicationcontroller-controller'], ['podgc', 'pod-garbage-collector-controller'], ['resourcequota', 'resourcequota-controller'], ['namespace', 'namespace-controller'],
  ['serviceaccount', 'serviceaccount-controller'], ['garbagecollector', 'garbage-collector-controller'], ['daemonset', 'daemonset-controller'], ['job', 'job-controller'], ['deployment', 'deployment-controller'],
  ['replicaset', 'replicaset-controller'], ['horizontalpodautoscaling', 'horizontal-pod-autoscaler-controller'], ['disruption', 'disruption-controller'], ['statefulset', 'statefulset-controller'],
  ['cronjob', 'cronjob-controller'], ['csrsigning', 'certificatesigningrequest-signing-controller'], ['csrapproving', 'certificatesigningrequest-approving-controller'],
  ['csrcleaner', 'certificatesigningrequest-cleaner-controller'], ['ttl', 'ttl-controller'], ['bootstrapsigner', 'bootstrap-signer-controller'], ['tokencleaner', 'token-cleaner-controller'],
  ['nodeipam', 'node-ipam-controller'], ['nodelifecycle', 'node-lifecycle-controller'], ['service', 'service-lb-controller'], ['route', 'node-route-controller'], ['cloud-node-lifecycle', 'cloud-node-lifecycle-controller'],
  ['persistentvolume-binder', 'persistentvolume-binder-controller'], ['attachdetach', 'persistentvolume-attach-detach-controller'], ['persistentvolume-expander', 'persistentvolume-expander-controller'],
  ['clusterrole-aggregation', 'clusterrole-aggregation-controller'], ['pvc-protection', 'persistentvolumeclaim-protection-controller'], ['pv-protection', 'persistentvolume-protection-controller'],
  ['ttl-after-finished', 'ttl-after-finished-controller'], ['root-ca-cert-publisher', 'root-ca-certificate-publisher-controller'], ['ephemeral-volume', 'ephemeral-volume-controller'],
  ['storage-version-gc', 'storageversion-garbage-collector-controller'], ['resource-claim-controller', 'resourceclaim-controller'], ['legacy-service-account-token-cleaner', 'legacy-serviceaccount-token-cleaner-controller'],
]);

/** Controllers of kube-controller-manager that kubets has not: leaving them out is nothing to complain about. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'service-lb-controller', 'node-route-controller', 'cloud-node-lifecycle-controller', 'storageversion-garbage-collector-controller', 'storage-version-migrator-controller',
  'selinux-warning-controller', 'kube-apiserver-serving-clustertrustbundle-publisher-controller', 'podcertificaterequest-cleaner-controller',
]);

/** Which of `known` a list such as `*,-a` or `a,b` names. `onByDefault` is what `*` stands for. Throws Error for names that nobody knows. */
export function chosenControllers(list: readonly string[], known: readonly { readonly name: string; readonly enabledByDefault: boolean }[]): Set<string> {
  const names = new Set(known.map((one) => one.name));
  const chosen = new Set<string>();
  if (list.includes('*')) for (const one of known) if (one.enabledByDefault) chosen.add(one.name);
  for (const entry of list) {
    if (entry === '*') continue;
    const isLeftOut = entry.startsWith('-');
    const given = isLeftOut ? entry.slice(1) : entry;
    const name = ALIASES.get(given) ?? given;
    if (isLeftOut && ELSEWHERE.has(name)) continue;
    if (!names.has(name)) throw new Error(`--controllers: there is no controller "${given}"; there are: ${[...names].sort().join(', ')}`);
    if (isLeftOut) chosen.delete(name);
    else chosen.add(name);
  }
  return chosen;
}
