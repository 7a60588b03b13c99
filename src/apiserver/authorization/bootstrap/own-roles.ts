import type { DeclaredBinding, DeclaredRole } from './notation.ts';

/** What kubets needs beyond Kubernetes' own roles: for its add-ons, and for nodes that join as kubeadm has them join ("TLS bootstrapping"). */
export const ownClusterRoles: readonly DeclaredRole[] = [
  {
    name: 'system:controller:kubets-addons-controller',
    rules: `
    create get list patch update watch : core : configmaps endpoints serviceaccounts services
    create get list patch update watch : storage.k8s.io : storageclasses
    create get list patch update watch : apiregistration.k8s.io : apiservices
    create get list patch update watch : discovery.k8s.io : endpointslices
    create get : rbac.authorization.k8s.io : clusterroles
    get list watch : metrics.k8s.io : nodes pods`,
  },
  {
    // Kubernetes leaves the approval of these certificates to the cluster's owner.
    name: 'system:controller:kubelet-serving-approver',
    rules: `
    get list watch : certificates.k8s.io : certificatesigningrequests
    update : certificates.k8s.io : certificatesigningrequests/approval
    approve : certificates.k8s.io : signers : kubernetes.io/kubelet-serving`,
  },
  {
    // Whom a policy means stands in the labels of all pods and namespaces, so that a node's agent must know them. Nodes read pods of theirs only, otherwise.
    name: 'kubets:node-network-policy',
    rules: `
    list watch : core : namespaces pods
    list watch : networking.k8s.io : networkpolicies`,
  },
  {
    // In Kubernetes it acts as the controller manager itself.
    name: 'system:controller:tokens-controller',
    rules: `
    delete get list update watch : core : secrets
    get list update watch : core : serviceaccounts`,
  },
];

export const ownBindings: readonly DeclaredBinding[] = [
  { name: 'kubets:node-bootstrapper', role: 'ClusterRole system:node-bootstrapper', subjects: ['Group system:bootstrappers:kubeadm:default-node-token'] },
  {
    name: 'kubets:node-autoapprove-bootstrap',
    role: 'ClusterRole system:certificates.k8s.io:certificatesigningrequests:nodeclient',
    subjects: ['Group system:bootstrappers:kubeadm:default-node-token'],
  },
  {
    name: 'kubets:node-autoapprove-certificate-rotation',
    role: 'ClusterRole system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
    subjects: ['Group system:nodes'],
  },
];

/**
 * What service proxy, DNS and network policies of kubets' own agents must know, which is more than a node may read in Kubernetes. As all that kubets adds to a cluster, they
 * come with `kubets-addons-controller`.
 */
export const agentBindings: readonly DeclaredBinding[] = [
  { name: 'kubets:node-proxier', role: 'ClusterRole system:node-proxier', subjects: ['Group system:nodes'] },
  { name: 'kubets:node-network-policy', role: 'ClusterRole kubets:node-network-policy', subjects: ['Group system:nodes'] },
  { name: 'kubets:node-dns', role: 'ClusterRole system:kube-dns', subjects: ['Group system:nodes'] },
];
