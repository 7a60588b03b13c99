/** The pod network of a machine: the runtime's CNI configuration, routes between nodes, masquerading at the cluster's edge. */
export { CNI_FILE, cniConfig, type CniOptions, writeCniConfig } from './cni-config.ts';
export { NodeNetwork, type NodeNetworkOptions, removeNodeNetwork } from './network.ts';
export { NetworkPolicyEnforcer, type NetworkPolicyOptions, type NodeStandIn } from './policy/index.ts';
