/** What programs that embed a cluster are told: `import { Cluster } from 'kubets'`. The package ships this file as its types: it imports nothing. */

/** Nodes without machines: pods are scheduled onto them and run, in name only. */
export interface SimulatedNodesOptions {
  readonly count: number;
  /** They are named so, with a number from 1 behind it. Default: `simulated-`. */
  readonly namePrefix?: string;
  /** Capacity of each: whole cores (8), a quantity (`32Gi`), and how many pods it takes (110). */
  readonly cpu?: number;
  readonly memory?: string;
  readonly pods?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly SimulatedTaint[];
  /** The nodes are dealt out to these in turns, as `topology.kubernetes.io/zone` tells. */
  readonly zones?: readonly string[];
}

export interface SimulatedTaint {
  readonly key: string;
  readonly value?: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

interface CommonOptions {
  /** Default: none. In virtual time these are all the nodes that there can be; else they come beside `nodes`. */
  readonly simulatedNodes?: number | SimulatedNodesOptions;
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

export interface ClusterOptions extends CommonOptions {
  readonly clock?: 'system';
  /** Simulated nodes that join one by one, as real ones do: with a token, and a certificate that each asks for. Default: 0, which is what a test of a controller mostly wants. */
  readonly nodes?: number;
  /** Where objects are kept. Default: `memory`. */
  readonly store?: 'memory' | 'lmdb';
  /** For keys, certificates and a store on disk; kept by `stop`. Default: a new folder for temporary files, which `stop` removes. */
  readonly dataDir?: string;
}

/** A cluster in virtual time: whatever takes hours in it takes no time, and the same seed and calls give the same run. */
export interface VirtualClusterOptions extends CommonOptions {
  readonly clock: 'virtual';
  /** Names, uids, keys and all that is left to chance follow from it. A whole number from 0; default: 1. */
  readonly seed?: number;
  /** When the cluster begins, as `2026-01-01T00:00:00Z` (the default). */
  readonly startTime?: string;
  /** Told of each write, in order, as it becomes visible: what two runs are compared by. */
  readonly onWrite?: (write: StoredWrite) => void;
}

/** A write to the store. */
export interface StoredWrite {
  /** One more than that of the write before it: the resourceVersion of what was written. */
  readonly revision: number;
  /** As `/registry/pods/default/web`. */
  readonly key: string;
  /** The object as it is kept, JSON without its resourceVersion; undefined: it was deleted. */
  readonly value: Uint8Array | undefined;
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

/** The time of a cluster in virtual time. It stands still but for these calls, of which one may be under way at a time. Durations: milliseconds, or a text such as `40s` or `1h30m`. */
export interface VirtualTime {
  /** Milliseconds since 1970. */
  now(): number;
  /** Lets so much time pass: everything that is due meanwhile happens, in its order. */
  advance(duration: number | string): Promise<void>;
  /** Lets time pass until `condition` holds, looked at whenever something was due. Throws Error when it does not within `limit` (default: an hour). */
  until(condition: () => boolean | Promise<boolean>, limit?: number | string): Promise<void>;
}

/** A request in process. */
export interface ApiRequestOptions {
  /** Who asks. Default: the administrator. */
  readonly as?: ClusterUser;
  /** Of a patch: `application/merge-patch+json` (default), `application/strategic-merge-patch+json`, `application/json-patch+json`, `application/apply-patch+yaml`. */
  readonly contentType?: string;
  readonly query?: Readonly<Record<string, string>>;
}

/** What a request that was refused rejects with: `message` is the Status' own. */
export interface ApiError extends Error {
  readonly name: 'ApiError';
  /** As 404. */
  readonly code: number;
  /** As `NotFound`. */
  readonly reason: string;
}

/** What an answer is taken for where nobody says better: pass a type, such as those of `kubernetes-types`, to `request` and `watch`. */
export interface ApiObject {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid: string; readonly resourceVersion: string; readonly labels?: Readonly<Record<string, string>> };
  readonly [field: string]: unknown;
}

/** A change that a watch tells of. */
export interface ApiEvent<T = ApiObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/** A control plane with simulated nodes in virtual time. It opens no port and touches no disk: requests are made by its methods. */
export interface VirtualCluster {
  readonly seed: number;
  readonly clock: VirtualTime;
  /** The names of its nodes. */
  readonly nodes: readonly string[];
  /**
   * One request, as `request('POST', '/api/v1/namespaces/default/pods', pod)`. Resolves with the answer's body, which is the caller's own. Rejects with
   * an `ApiError` when it is refused.
   */
  request<T = ApiObject>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object, options?: ApiRequestOptions): Promise<T>;
  /** Tells `onEvent` of the objects under a path that there are, and of every change from then on, until it is disposed. Rejects with an `ApiError` when it is refused. */
  watch<T = ApiObject>(path: string, onEvent: (event: ApiEvent<T>) => void, options?: ApiRequestOptions): Promise<Disposable>;
  /** A node falls silent, as by a power cut: its agent reports no more, its pods are as they were. Throws Error for a name that is none of `nodes`. */
  stopNode(name: string): Promise<void>;
  /** The agent comes back. */
  startNode(name: string): Promise<void>;
  /** A SHA-256 (hexadecimal) of all writes so far: two runs with the same one were the same. */
  digest(): string;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ClusterStarter {
  /** Resolves once everything that starts with a cluster has, in no time but its own, and its nodes are Ready. Throws Error, leaving nothing behind, when that cannot be. */
  start(options: VirtualClusterOptions): Promise<VirtualCluster>;
  /** Resolves once `/readyz` says yes and the nodes, if any were asked for, are Ready. Throws Error, leaving nothing behind, when that cannot be. */
  start(options?: ClusterOptions): Promise<Cluster>;
}
