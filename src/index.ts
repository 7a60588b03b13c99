/** What the package gives to programs: a whole cluster in their own process. */
export { Cluster } from './cluster/embedded-cluster.ts';
export type {
  ApiError, ApiEvent, ApiObject, ApiRequestOptions, ClusterOptions, ClusterStarter, ClusterUser, SimulatedNodesOptions, SimulatedTaint, StoredWrite, VirtualCluster, VirtualClusterOptions, VirtualTime,
} from './cluster/embedding.ts';
