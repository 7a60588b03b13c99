/** What programs that embed a cluster are told: `import { Cluster } from 'kubets'`. The package ships this file as its types: it imports nothing. */

export interface ClusterOptions {
  /** Simulated nodes: pods are scheduled onto them and run, in name only. Default: 0, which is what a test of a controller mostly wants. */
  readonly nodes?: number;
  /** Where objects are kept. Default: `memory`. */
  readonly store?: 'memory' | 'lmdb';
  /** For keys, certificates and a store on disk; kept by `stop`. Default: a new folder for temporary files, which `stop` removes. */
  readonly dataDir?: string;
  /** As kube-controller-manager's `--controllers`: `*`, names, `-name`. Default: `['*']`. */
  readonly controllers?: readonly string[];
  /** Default: true. */
  readonly scheduler?: boolean;
  /** Admission plugins beside those that are on by default, and some of those to be turned off, by Kubernetes' names. */
  readonly enableAdmissionPlugins?: readonly string[];
  readonly disableAdmissionPlugins?: readonly string[];
  /** Given each line of the log, without its newline. Default: nothing is logged. */
  readonly log?: (line: string) => void;
}

/** Somebody who calls the API with a certificate of the cluster. */
export interface ClusterUser {
  readonly user: string;
  readonly groups?: readonly string[];
}

/** A control plane in this process, on loopback, on a port of its own: any number of them may run side by side. */
export interface Cluster {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** The authority of its certificates, in PEM. */
  readonly certificateAuthority: string;
  /** A kubeconfig (YAML) of the cluster's administrator. */
  readonly kubeconfig: string;
  /** Where its keys and certificates are. */
  readonly dataDir: string;
  /** A kubeconfig (YAML) of somebody else, who may do what roles that are bound to the name or the groups allow. */
  kubeconfigFor(user: ClusterUser): string;
  /** Ends nodes and server, closes all connections and removes what is temporary. Calling it again does nothing. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ClusterStarter {
  /** Resolves once `/readyz` says yes and the nodes, if any were asked for, are Ready. Throws Error, leaving nothing behind, when that cannot be. */
  start(options?: ClusterOptions): Promise<Cluster>;
}
