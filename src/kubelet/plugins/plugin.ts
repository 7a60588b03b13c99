/** A plugin of the node that has registered itself: a driver of volumes (`CSIPlugin`) or of devices (`DRAPlugin`). */
export interface Plugin {
  readonly type: string;
  /** Of its kind the only one: `hostpath.csi.k8s.io`. */
  readonly name: string;
  /** The socket that it serves at. */
  readonly endpoint: string;
  readonly supportedVersions: readonly string[];
}

/** Who works with the plugins of one type. */
export interface PluginHandler {
  /** Throws an Error whose message tells the plugin why it is not taken. */
  register(plugin: Plugin, signal: AbortSignal): Promise<void>;
  deregister(plugin: Plugin, signal: AbortSignal): Promise<void>;
}
