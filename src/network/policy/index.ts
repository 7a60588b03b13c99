/** NetworkPolicies in the kernel of a node: who may reach its pods, and whom they may reach. */
export { NetworkPolicyEnforcer, POLICY_TABLE, type NetworkPolicyOptions } from './enforcer.ts';
export type { NodeStandIn } from './policy-rules.ts';
