import type { DeclaredBinding } from './notation.ts';

/** The default bindings, but those of controllers, which follow from their roles' names. */
export const bindings: readonly DeclaredBinding[] = [
  { name: 'cluster-admin', role: 'ClusterRole cluster-admin', subjects: ['Group system:masters'] },
  { name: 'system:basic-user', role: 'ClusterRole system:basic-user', subjects: ['Group system:authenticated'] },
  { name: 'system:discovery', role: 'ClusterRole system:discovery', subjects: ['Group system:authenticated'] },
  { name: 'system:kube-controller-manager', role: 'ClusterRole system:kube-controller-manager', subjects: ['User system:kube-controller-manager'] },
  { name: 'system:kube-dns', role: 'ClusterRole system:kube-dns', subjects: ['ServiceAccount kube-system/kube-dns'] },
  { name: 'system:kube-scheduler', role: 'ClusterRole system:kube-scheduler', subjects: ['User system:kube-scheduler'] },
  { name: 'system:monitoring', role: 'ClusterRole system:monitoring', subjects: ['Group system:monitoring'] },
  { name: 'system:node', role: 'ClusterRole system:node', subjects: [] },
  { name: 'system:node-proxier', role: 'ClusterRole system:node-proxier', subjects: ['User system:kube-proxy'] },
  { name: 'system:public-info-viewer', role: 'ClusterRole system:public-info-viewer', subjects: ['Group system:authenticated', 'Group system:unauthenticated'] },
  { name: 'system:service-account-issuer-discovery', role: 'ClusterRole system:service-account-issuer-discovery', subjects: ['Group system:serviceaccounts'] },
  { name: 'system:volume-scheduler', role: 'ClusterRole system:volume-scheduler', subjects: ['User system:kube-scheduler'] },
  { name: 'system:controller:bootstrap-signer', namespace: 'kube-public', role: 'Role system:controller:bootstrap-signer', subjects: ['ServiceAccount kube-system/bootstrap-signer'] },
  { name: 'system::extension-apiserver-authentication-reader', namespace: 'kube-system', role: 'Role extension-apiserver-authentication-reader', subjects: ['User system:kube-controller-manager', 'User system:kube-scheduler'] },
  { name: 'system::leader-locking-kube-controller-manager', namespace: 'kube-system', role: 'Role system::leader-locking-kube-controller-manager', subjects: ['User system:kube-controller-manager', 'ServiceAccount kube-system/kube-controller-manager', 'ServiceAccount kube-system/leader-election-controller'] },
  { name: 'system::leader-locking-kube-scheduler', namespace: 'kube-system', role: 'Role system::leader-locking-kube-scheduler', subjects: ['User system:kube-scheduler', 'ServiceAccount kube-system/kube-scheduler'] },
  { name: 'system:controller:bootstrap-signer', namespace: 'kube-system', role: 'Role system:controller:bootstrap-signer', subjects: ['ServiceAccount kube-system/bootstrap-signer'] },
  { name: 'system:controller:cloud-provider', namespace: 'kube-system', role: 'Role system:controller:cloud-provider', subjects: ['ServiceAccount kube-system/cloud-provider'] },
  { name: 'system:controller:token-cleaner', namespace: 'kube-system', role: 'Role system:controller:token-cleaner', subjects: ['ServiceAccount kube-system/token-cleaner'] },
];
