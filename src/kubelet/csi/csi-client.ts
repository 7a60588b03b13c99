import type { Clock } from '../../base/clock.ts';
import { GrpcConnection, type GrpcMethod } from '../../runtime/cri/grpc-connection.ts';
import { defineMessages } from '../../runtime/cri/message-codec.ts';
import type { VolumeUsage } from '../volumes/volume-stats.ts';

/** Source: Container Storage Interface specification 1.x, Node service. */
const messages = defineMessages({
  AccessMode: 'UNKNOWN SINGLE_NODE_WRITER SINGLE_NODE_READER_ONLY MULTI_NODE_READER_ONLY MULTI_NODE_SINGLE_WRITER MULTI_NODE_MULTI_WRITER SINGLE_NODE_SINGLE_WRITER SINGLE_NODE_MULTI_WRITER',
  NodeCapability: 'UNKNOWN STAGE_UNSTAGE_VOLUME GET_VOLUME_STATS EXPAND_VOLUME VOLUME_CONDITION SINGLE_NODE_MULTI_WRITER VOLUME_MOUNT_GROUP',
  UsageUnit: 'UNKNOWN BYTES INODES',
}, {
  NodeGetInfoRequest: ``,
  Topology: `
    segments 1 {}string`,
  NodeGetInfoResponse: `
    nodeId 1 string
    maxVolumesPerNode 2 int64
    accessibleTopology 3 Topology`,
  NodeGetCapabilitiesRequest: ``,
  CapabilityRPC: `
    type 1 NodeCapability`,
  NodeServiceCapability: `
    rpc 1 CapabilityRPC`,
  NodeGetCapabilitiesResponse: `
    capabilities 1 []NodeServiceCapability`,
  BlockVolume: ``,
  MountVolume: `
    fsType 1 string
    mountFlags 2 []string
    volumeMountGroup 3 string`,
  AccessModeMessage: `
    mode 1 AccessMode`,
  VolumeCapability: `
    block 1 BlockVolume
    mount 2 MountVolume
    accessMode 3 AccessModeMessage`,
  NodeStageVolumeRequest: `
    volumeId 1 string
    publishContext 2 {}string
    stagingTargetPath 3 string
    volumeCapability 4 VolumeCapability
    secrets 5 {}string
    volumeContext 6 {}string`,
  NodeStageVolumeResponse: ``,
  NodeUnstageVolumeRequest: `
    volumeId 1 string
    stagingTargetPath 2 string`,
  NodeUnstageVolumeResponse: ``,
  NodePublishVolumeRequest: `
    volumeId 1 string
    publishContext 2 {}string
    stagingTargetPath 3 string
    targetPath 4 string
    volumeCapability 5 VolumeCapability
    readonly 6 bool
    secrets 7 {}string
    volumeContext 8 {}string`,
  NodePublishVolumeResponse: ``,
  NodeUnpublishVolumeRequest: `
    volumeId 1 string
    targetPath 2 string`,
  NodeUnpublishVolumeResponse: ``,
  CapacityRange: `
    requiredBytes 1 int64
    limitBytes 2 int64`,
  NodeExpandVolumeRequest: `
    volumeId 1 string
    volumePath 2 string
    capacityRange 3 CapacityRange
    stagingTargetPath 4 string
    volumeCapability 5 VolumeCapability
    secrets 6 {}string`,
  NodeExpandVolumeResponse: `
    capacityBytes 1 int64`,
  NodeGetVolumeStatsRequest: `
    volumeId 1 string
    volumePath 2 string
    stagingTargetPath 3 string`,
  VolumeUsage: `
    available 1 int64
    total 2 int64
    used 3 int64
    unit 4 UsageUnit`,
  NodeGetVolumeStatsResponse: `
    usage 1 []VolumeUsage`,
});

/** Source: pkg/volume/csi, csiTimeout. */
const CALL_MS = 120_000;

export type AccessMode = 'SINGLE_NODE_WRITER' | 'SINGLE_NODE_READER_ONLY' | 'MULTI_NODE_READER_ONLY' | 'MULTI_NODE_SINGLE_WRITER' | 'MULTI_NODE_MULTI_WRITER' | 'SINGLE_NODE_SINGLE_WRITER' | 'SINGLE_NODE_MULTI_WRITER';

export interface VolumeCapability {
  readonly block?: object;
  readonly mount?: { readonly fsType?: string; readonly mountFlags?: readonly string[]; readonly volumeMountGroup?: string };
  readonly accessMode: { readonly mode: AccessMode };
}

export interface StageRequest {
  readonly volumeId: string;
  readonly publishContext: Readonly<Record<string, string>>;
  readonly stagingTargetPath: string;
  readonly volumeCapability: VolumeCapability;
  readonly secrets: Readonly<Record<string, string>>;
  readonly volumeContext: Readonly<Record<string, string>>;
}

export interface PublishRequest extends Omit<StageRequest, 'stagingTargetPath'> {
  readonly stagingTargetPath?: string;
  readonly targetPath: string;
  readonly readonly: boolean;
}

export interface ExpandRequest {
  readonly volumeId: string;
  readonly volumePath: string;
  readonly capacityRange: { readonly requiredBytes: number };
  readonly stagingTargetPath?: string;
  readonly volumeCapability: VolumeCapability;
  readonly secrets: Readonly<Record<string, string>>;
}

export interface NodeInfo {
  readonly nodeId: string;
  /** 0: as many as one likes. */
  readonly maxVolumesPerNode: number;
  readonly accessibleTopology?: { readonly segments: Readonly<Record<string, string>> };
}

/** A driver of volumes on this node, behind its socket. Calls reject with a `RuntimeError`. */
export class CsiClient {
  readonly #endpoint: string;
  readonly #clock: Clock;

  constructor(endpoint: string, clock: Clock) {
    this.#endpoint = endpoint;
    this.#clock = clock;
  }

  async info(signal: AbortSignal): Promise<NodeInfo> {
    return (await this.#call('NodeGetInfo', {}, signal)) as unknown as NodeInfo;
  }

  async capabilities(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const { capabilities } = (await this.#call('NodeGetCapabilities', {}, signal)) as { capabilities: { rpc?: { type: string } }[] };
    return new Set(capabilities.map(({ rpc }) => rpc?.type ?? 'UNKNOWN'));
  }

  async stage(request: StageRequest, signal: AbortSignal): Promise<void> {
    await this.#call('NodeStageVolume', request, signal);
  }

  async unstage(volumeId: string, stagingTargetPath: string, signal: AbortSignal): Promise<void> {
    await this.#call('NodeUnstageVolume', { volumeId, stagingTargetPath }, signal);
  }

  async publish(request: PublishRequest, signal: AbortSignal): Promise<void> {
    await this.#call('NodePublishVolume', request, signal);
  }

  async unpublish(volumeId: string, targetPath: string, signal: AbortSignal): Promise<void> {
    await this.#call('NodeUnpublishVolume', { volumeId, targetPath }, signal);
  }

  async expand(request: ExpandRequest, signal: AbortSignal): Promise<void> {
    await this.#call('NodeExpandVolume', request, signal);
  }

  /** How full a volume is that is published at `volumePath`; what the driver does not tell is 0. */
  async usage(volumeId: string, volumePath: string, stagingTargetPath: string | undefined, signal: AbortSignal): Promise<VolumeUsage> {
    const answer = await this.#call('NodeGetVolumeStats', { volumeId, volumePath, ...(stagingTargetPath !== undefined && { stagingTargetPath }) }, signal);
    const { usage } = answer as { usage: { unit: string; available: number; total: number; used: number }[] };
    const [bytes, inodes] = ['BYTES', 'INODES'].map((unit) => usage.find((one) => one.unit === unit));
    return {
      availableBytes: bytes?.available ?? 0, capacityBytes: bytes?.total ?? 0, usedBytes: bytes?.used ?? 0,
      inodesFree: inodes?.available ?? 0, inodes: inodes?.total ?? 0, inodesUsed: inodes?.used ?? 0,
    };
  }

  async #call(name: string, request: object, signal: AbortSignal): Promise<Record<string, unknown>> {
    await using connection = new GrpcConnection(`unix:${this.#endpoint}`);
    const method: GrpcMethod = { path: `/csi.v1.Node/${name}`, table: messages, request: `${name}Request`, response: `${name}Response` };
    return await connection.call(method, request, signal, { clock: this.#clock, ms: CALL_MS });
  }
}
