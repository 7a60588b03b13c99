/** What the package gives to programs: a whole cluster in their own process. */
export { Cluster, type ClusterOptions, type ClusterStarter, type ClusterUser } from './cluster/embedded-cluster.ts';
