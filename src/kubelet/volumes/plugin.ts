import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { ConfigMap, Pod, Secret, Volume } from '../../api/generated/core-v1.ts';
import type { NodeFields } from '../containers/field-values.ts';
import type { VolumeUsage } from './volume-stats.ts';

/** What a plugin may use for one volume of one pod. */
export interface VolumeContext {
  readonly pod: DeepReadonly<Pod>;
  readonly volume: DeepReadonly<Volume>;
  /** The volume's own folder; not made yet. */
  readonly folder: string;
  readonly node: NodeFields;
  readonly signal: AbortSignal;
  configMap(name: string): Promise<DeepReadonly<ConfigMap> | undefined>;
  secret(name: string): Promise<DeepReadonly<Secret> | undefined>;
  token(request: { readonly audience: string | undefined; readonly expirationSeconds: number }): Promise<{ readonly token: string; readonly refreshAtMs: number; readonly expirationTimestamp: string }>;
}

export interface MountedVolume {
  /** What containers mount. */
  readonly hostPath: string;
  /** The group and modes of its files are the kubelet's business, not the user's. */
  readonly isManaged: boolean;
  /** No container may write to it, whatever its mount says. */
  readonly isReadonly?: boolean;
  /** `hostPath` is a device (volumeMode Block), for `volumeDevices` instead of `volumeMounts`. */
  readonly isDevice?: boolean;
  /** The runtime mounts the files of this image; `hostPath` is empty. */
  readonly image?: string;
  /** The claim that it is. */
  readonly claim?: { readonly namespace: string; readonly name: string };
  /** How full it is; absent: as full as the file system at `hostPath`. */
  readonly measure?: (signal: AbortSignal) => Promise<VolumeUsage>;
  /** When it must be set up again though nothing has changed: tokens age. */
  readonly refreshAtMs?: number;
}

/** One kind of volume. Setting up is repeated: after a change, a restart of the kubelet, or a failure. */
export interface VolumePlugin {
  readonly name: string;
  supports(volume: DeepReadonly<Volume>): boolean;
  setUp(context: VolumeContext): Promise<MountedVolume>;
  /** Undoes, while it is mounted, what somebody else has done. `volumeFolder` is that of one volume. Rejects when it must be tried again. */
  release?(volumeFolder: string, signal: AbortSignal): Promise<void>;
  /** Undoes what removing the folder and unmounting what is in it does not. `volumeFolder` is that of one volume. */
  tearDown?(volumeFolder: string, signal: AbortSignal): Promise<void>;
}

/** A volume cannot be set up as it is described; the message goes into the event `FailedMount`. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';
}
