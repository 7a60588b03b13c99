import { csiNodes, nodes } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Node } from '../../api/generated/core-v1.ts';
import type { CSINode, CSINodeDriver } from '../../api/generated/storage-v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { Client } from '../../client/index.ts';
import type { Plugin, PluginHandler } from '../plugins/plugin.ts';
import { CsiClient, type NodeInfo } from './csi-client.ts';

const NODE_ID_ANNOTATION = 'csi.volume.kubernetes.io/nodeid';
const ATTEMPTS = 5;

export interface CsiDriver {
  readonly client: CsiClient;
  readonly capabilities: ReadonlySet<string>;
}

export interface CsiDriversOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly nodeName: string;
  /** Undefined until the node is registered. */
  readonly node: () => DeepReadonly<Node> | undefined;
}

/** The drivers of volumes that have registered on this node, which are told in its CSINode, its labels and its annotation. Source: pkg/volume/csi/nodeinfomanager. */
export class CsiDrivers implements PluginHandler {
  readonly #options: CsiDriversOptions;
  readonly #drivers = new Map<string, CsiDriver>();

  constructor(options: CsiDriversOptions) {
    this.#options = options;
  }

  get(name: string): CsiDriver | undefined {
    return this.#drivers.get(name);
  }

  async register(plugin: Plugin, signal: AbortSignal): Promise<void> {
    if (!plugin.supportedVersions.some((version) => /^v?1\./.test(version))) throw new Error(`CSI driver registration failed; the driver ${plugin.name} supports none of the versions of kubelet: [${plugin.supportedVersions.join(' ')}]`);
    const client = new CsiClient(plugin.endpoint, this.#options.clock);
    const [info, capabilities] = await Promise.all([client.info(signal), client.capabilities(signal)]);
    await this.#tellNode(plugin.name, info, signal);
    await this.#tellCsiNode((drivers) => [...drivers.filter(({ name }) => name !== plugin.name), driverOf(plugin.name, info)], signal);
    this.#drivers.set(plugin.name, { client, capabilities });
  }

  async deregister(plugin: Plugin, signal: AbortSignal): Promise<void> {
    this.#drivers.delete(plugin.name);
    await this.#tellCsiNode((drivers) => drivers.filter(({ name }) => name !== plugin.name), signal);
    await this.#tellNode(plugin.name, undefined, signal);
  }

  /** What the driver calls this node, and where it is, for who attaches volumes to it and who schedules pods. */
  async #tellNode(driver: string, info: NodeInfo | undefined, signal: AbortSignal): Promise<void> {
    const { client, nodeName } = this.#options;
    const node = await client.resource(nodes).get(nodeName, { signal });
    const ids = JSON.parse(node.metadata.annotations?.[NODE_ID_ANNOTATION] ?? '{}') as Record<string, string>;
    if (info) ids[driver] = info.nodeId;
    else delete ids[driver];
    const annotation = Object.keys(ids).length > 0 ? JSON.stringify(ids) : null;
    await client.resource(nodes).patch(nodeName, { type: 'merge', patch: { metadata: { annotations: { [NODE_ID_ANNOTATION]: annotation }, labels: { ...info?.accessibleTopology?.segments } } } }, { signal });
  }

  async #tellCsiNode(change: (drivers: readonly CSINodeDriver[]) => CSINodeDriver[], signal: AbortSignal): Promise<void> {
    const { client, nodeName, node } = this.#options;
    const resource = client.resource(csiNodes);
    for (let attempt = 1; ; attempt++) {
      try {
        const found = await this.#csiNode(signal);
        if (found) await resource.update({ ...found, spec: { drivers: change(structuredClone(found.spec.drivers) as CSINodeDriver[]) } }, { signal });
        else {
          const owner = node();
          const ownerReferences = owner ? [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: owner.metadata.uid }] : [];
          await resource.create({ metadata: { name: nodeName, ownerReferences }, spec: { drivers: change([]) } }, { signal });
        }
        return;
      } catch (error) {
        if (attempt === ATTEMPTS || !hasReason(error, 'Conflict', 'AlreadyExists')) throw error;
      }
    }
  }

  async #csiNode(signal: AbortSignal): Promise<DeepReadonly<CSINode> | undefined> {
    try {
      return await this.#options.client.resource(csiNodes).get(this.#options.nodeName, { signal });
    } catch (error) {
      if (hasReason(error, 'NotFound')) return undefined;
      throw error;
    }
  }
}

function driverOf(name: string, { nodeId, maxVolumesPerNode, accessibleTopology }: NodeInfo): CSINodeDriver {
  const topologyKeys = Object.keys(accessibleTopology?.segments ?? {}).sort();
  return { name, nodeID: nodeId, topologyKeys, ...(maxVolumesPerNode > 0 && { allocatable: { count: maxVolumesPerNode } }) };
}
