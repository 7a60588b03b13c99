import type { Clock } from '../../base/clock.ts';
import { GrpcConnection, type GrpcMethod } from '../../runtime/cri/grpc-connection.ts';
import { defineMessages } from '../../runtime/cri/message-codec.ts';
import type { Plugin } from '../plugins/plugin.ts';

/** Source: k8s.io/kubelet, dra/v1. A map on the wire is a list of pairs. */
const messages = defineMessages({}, {
  Claim: `
    namespace 1 string
    uid 2 string
    name 3 string`,
  NodePrepareResourcesRequest: `
    claims 1 []Claim`,
  Device: `
    requestNames 1 []string
    poolName 2 string
    deviceName 3 string
    cdiDeviceIds 4 []string`,
  NodePrepareResourceResponse: `
    devices 1 []Device
    error 2 string`,
  PreparedEntry: `
    key 1 string
    value 2 NodePrepareResourceResponse`,
  NodePrepareResourcesResponse: `
    claims 1 []PreparedEntry`,
  NodeUnprepareResourcesRequest: `
    claims 1 []Claim`,
  NodeUnprepareResourceResponse: `
    error 1 string`,
  UnpreparedEntry: `
    key 1 string
    value 2 NodeUnprepareResourceResponse`,
  NodeUnprepareResourcesResponse: `
    claims 1 []UnpreparedEntry`,
});

/** What drivers say they serve, the newest first, and the package of the service. */
const SERVICES: ReadonlyMap<string, string> = new Map([
  ['v1.DRAPlugin', 'k8s.io.kubelet.pkg.apis.dra.v1'], ['v1beta1.DRAPlugin', 'k8s.io.kubelet.pkg.apis.dra.v1beta1'],
]);
const CALL_MS = 45_000;

export interface ClaimReference {
  readonly namespace: string;
  readonly uid: string;
  readonly name: string;
}

export interface PreparedDevice {
  /** The claim's requests that it is for; none: for all of them. */
  readonly requestNames: readonly string[];
  readonly cdiDeviceIds: readonly string[];
}

/** A driver of devices on this node, behind its socket. */
export class DeviceDriver {
  readonly #endpoint: string;
  readonly #package: string;
  readonly #clock: Clock;

  /** Throws an Error for a plugin that serves nothing that is known here. */
  constructor(plugin: Plugin, clock: Clock) {
    const service = [...SERVICES.keys()].find((one) => plugin.supportedVersions.includes(one));
    if (service === undefined) throw new Error(`invalid versions of plugin: none of the DRA gRPC service versions [${plugin.supportedVersions.join(' ')}] supported by the plugin is supported by kubelet`);
    this.#package = SERVICES.get(service) ?? '';
    this.#endpoint = plugin.endpoint;
    this.#clock = clock;
  }

  /** The devices of one claim, made ready. Throws an Error with what the driver says against it. */
  async prepare(claim: ClaimReference, signal: AbortSignal): Promise<readonly PreparedDevice[]> {
    const { claims } = (await this.#call('NodePrepareResources', claim, signal)) as { claims: { key: string; value?: { devices: PreparedDevice[]; error: string } }[] };
    const answer = claims.find(({ key }) => key === claim.uid)?.value;
    if (!answer) throw new Error(`NodePrepareResources skipped 1 ResourceClaims`);
    if (answer.error) throw new Error(`NodePrepareResources failed for ResourceClaim ${claim.name}: ${answer.error}`);
    return answer.devices;
  }

  async unprepare(claim: ClaimReference, signal: AbortSignal): Promise<void> {
    const { claims } = (await this.#call('NodeUnprepareResources', claim, signal)) as { claims: { key: string; value?: { error: string } }[] };
    const error = claims.find(({ key }) => key === claim.uid)?.value?.error;
    if (error) throw new Error(`NodeUnprepareResources failed for ResourceClaim ${claim.name}: ${error}`);
  }

  async #call(name: string, claim: ClaimReference, signal: AbortSignal): Promise<Record<string, unknown>> {
    await using connection = new GrpcConnection(`unix:${this.#endpoint}`);
    const method: GrpcMethod = { path: `/${this.#package}.DRAPlugin/${name}`, table: messages, request: `${name}Request`, response: `${name}Response` };
    return await connection.call(method, { claims: [claim] }, signal, { clock: this.#clock, ms: CALL_MS });
  }
}
