/** The service proxy of a node: addresses and ports of Services become those of their endpoints, in the kernel, by nftables. */
export { ServiceProxy, type ServiceProxyOptions } from './proxy.ts';
export type { LocalStandIn } from './plan.ts';
