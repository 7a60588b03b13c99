import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { csiDrivers, secrets, volumeAttachments } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { hasReason, StatusError } from '../../apimachinery/status.ts';
import type { SecretReference } from '../../api/generated/core-v1.ts';
import type { CSIDriver } from '../../api/generated/storage-v1.ts';
import type { Client } from '../../client/index.ts';
import { attachmentName, uniqueVolumeName } from '../../component-helpers/csi-names.ts';
import { isRuntimeError, runtimeErrorText } from '../../runtime/index.ts';
import { isMountPoint } from '../volumes/mount-points.ts';
import { VolumeError, type MountedVolume, type VolumeContext, type VolumePlugin } from '../volumes/plugin.ts';
import type { CsiDriver, CsiDrivers } from './csi-drivers.ts';
import { capabilityOf, ephemeralCsiVolume, isGroupOurs, podContext, stagingFolder, type CsiVolume } from './csi-volume.ts';

export const CSI_FOLDER = 'kubernetes.io~csi';
const DATA_FILE = 'vol_data.json';
const TOKENS_KEY = 'csi.storage.k8s.io/serviceAccount.tokens';

/** Beside a mounted volume: enough to take it down after a restart. */
interface VolumeData {
  readonly driverName: string;
  readonly volumeHandle: string;
  readonly targetPath: string;
  readonly isEphemeral: boolean;
  readonly isPublished: boolean;
}

export interface CsiVolumesOptions {
  readonly client: Client;
  readonly drivers: CsiDrivers;
  readonly nodeName: string;
  /** The kubelet's folder; pods are under `pods`. */
  readonly rootDir: string;
  /** Other volumes are in use on this node than before. */
  readonly onChange: () => void;
}

/** Volumes that drivers mount: staged once on the node, published for each pod. Source: pkg/volume/csi. */
export class CsiVolumes {
  readonly #options: CsiVolumesOptions;
  /** By the folder of the volume in its pod. */
  readonly #data = new Map<string, VolumeData>();
  /** Staging and unstaging of one volume wait for each other. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: CsiVolumesOptions) {
    this.#options = options;
  }

  /** Reads what pods have mounted from before. */
  async load(): Promise<void> {
    const podsDir = join(this.#options.rootDir, 'pods');
    for (const uid of await readdir(podsDir).catch(() => [])) {
      const volumes = join(podsDir, uid, 'volumes', CSI_FOLDER);
      for (const name of await readdir(volumes).catch(() => [])) {
        const text = await readFile(join(volumes, name, DATA_FILE), 'utf8').catch(() => undefined);
        const data = text === undefined ? undefined : dataOf(text);
        if (data) this.#data.set(join(volumes, name), { ...data, isPublished: data.isPublished && (await isMountPoint(data.targetPath)) });
      }
    }
  }

  /** What must not be detached from this node. */
  get inUse(): string[] {
    return [...new Set([...this.#data.values()].filter(({ isEphemeral }) => !isEphemeral).map(({ driverName, volumeHandle }) => uniqueVolumeName(driverName, volumeHandle)))].sort();
  }

  /** Volumes that live with their pods (`csi` of a pod). */
  plugin(): VolumePlugin {
    return {
      name: CSI_FOLDER,
      supports: ({ csi }) => csi !== undefined,
      setUp: (context) => {
        const volume = ephemeralCsiVolume(context.pod, context.volume);
        if (!volume) throw new RangeError('not a CSI volume');
        return this.setUp(volume, context);
      },
      release: (folder, signal) => this.#release(folder, signal),
    };
  }

  /** Mounts a volume for a pod. Throws `VolumeError`. */
  async setUp(volume: CsiVolume, context: VolumeContext): Promise<MountedVolume> {
    const folder = folderOf(context);
    const driver = this.#driver(volume.driver);
    const info = await this.#driverObject(volume.driver, context.signal);
    checkMode(volume, info);
    const targetPath = targetPathOf(volume, folder);
    const mounted: MountedVolume = { hostPath: targetPath, isManaged: isGroupOurs(volume, info, driver.capabilities), ...(volume.isReadonly && { isReadonly: true }), ...(volume.isBlock && { isDevice: true }), ...this.#measure(volume, driver, targetPath) };
    if (this.#data.get(folder)?.isPublished && !info?.spec.requiresRepublish) return mounted;
    const tokens = await this.#tokens(info, context);
    await this.#inTurn(volume, () => this.#mount({ volume, context, driver, info, folder, targetPath, tokens: tokens.text }));
    return { ...mounted, ...(tokens.refreshAtMs !== undefined && { refreshAtMs: tokens.refreshAtMs }) };
  }

  async #mount(mount: { volume: CsiVolume; context: VolumeContext; driver: CsiDriver; info: DeepReadonly<CSIDriver> | undefined; folder: string; targetPath: string; tokens: string | undefined }): Promise<void> {
    const { volume, context: { pod, signal }, driver, info, folder, targetPath, tokens } = mount;
    const { client, capabilities } = driver;
    const publishContext = await this.#attachment(volume, info, signal);
    const capability = capabilityOf(volume, capabilities, pod.spec.securityContext?.fsGroup);
    const data: VolumeData = { driverName: volume.driver, volumeHandle: volume.handle, targetPath, isEphemeral: volume.isEphemeral, isPublished: false };
    await mkdir(folder, { recursive: true, mode: 0o750 });
    await this.#keep(folder, data);
    const request = { volumeId: volume.handle, publishContext, volumeCapability: capability, volumeContext: volume.attributes };
    const stagingTargetPath = this.#stagingPath(volume, capabilities);
    const isInSecrets = info?.spec.serviceAccountTokenInSecrets === true;
    const [stageSecrets, publishSecrets] = await Promise.all([this.#secrets(volume.stageSecret, signal), this.#secrets(volume.publishSecret, signal)]);
    const told: Record<string, string> = tokens === undefined ? {} : { [TOKENS_KEY]: tokens };
    await failingAsVolume(async () => {
      if (stagingTargetPath !== undefined) {
        await mkdir(volume.isBlock ? dirname(stagingTargetPath) : stagingTargetPath, { recursive: true, mode: 0o750 });
        await client.stage({ ...request, stagingTargetPath, secrets: stageSecrets }, signal);
      }
      await client.publish({
        ...request, ...(stagingTargetPath !== undefined && { stagingTargetPath }), targetPath, readonly: volume.isReadonly, secrets: { ...publishSecrets, ...(isInSecrets && told) },
        volumeContext: { ...volume.attributes, ...(info?.spec.podInfoOnMount && podContext(pod, volume.isEphemeral)), ...(!isInSecrets && told) },
      }, signal);
    }, signal);
    await this.#keep(folder, { ...data, isPublished: true });
  }

  /** Whether the driver grows volumes that are mounted. */
  expands({ driver }: CsiVolume): boolean {
    return this.#options.drivers.get(driver)?.capabilities.has('EXPAND_VOLUME') === true;
  }

  /** Lets the driver grow what is mounted to `bytes`. Rejects with what the driver says. */
  async expand(volume: CsiVolume, context: VolumeContext, bytes: number): Promise<void> {
    const { client, capabilities } = this.#driver(volume.driver);
    const { pod, signal } = context;
    const secrets = await this.#secrets(volume.expandSecret, signal);
    const stagingTargetPath = this.#stagingPath(volume, capabilities);
    await this.#inTurn(volume, () => client.expand({
      volumeId: volume.handle, volumePath: targetPathOf(volume, folderOf(context)), capacityRange: { requiredBytes: bytes }, ...(stagingTargetPath !== undefined && { stagingTargetPath }),
      volumeCapability: capabilityOf(volume, capabilities, pod.spec.securityContext?.fsGroup), secrets,
    }, signal));
  }

  #measure({ handle, driver, isEphemeral }: CsiVolume, { client, capabilities }: CsiDriver, targetPath: string): Pick<MountedVolume, 'measure'> {
    if (!capabilities.has('GET_VOLUME_STATS')) return {};
    return { measure: (signal) => client.usage(handle, targetPath, this.#stagingPath({ driver, handle, isEphemeral }, capabilities), signal) };
  }

  #stagingPath({ driver, handle, isEphemeral }: Pick<CsiVolume, 'driver' | 'handle' | 'isEphemeral'>, capabilities: ReadonlySet<string>): string | undefined {
    return capabilities.has('STAGE_UNSTAGE_VOLUME') && !isEphemeral ? join(stagingFolder(this.#options.rootDir, driver, handle), 'globalmount') : undefined;
  }

  async #keep(folder: string, data: VolumeData): Promise<void> {
    const isNew = !this.#data.has(folder);
    this.#data.set(folder, data);
    await writeFile(join(folder, DATA_FILE), JSON.stringify(data), { mode: 0o600 });
    if (isNew) this.#options.onChange();
  }

  /** Undoes what was done for one pod, and for the node when it was the last. Rejects while the driver does not. */
  async #release(folder: string, signal: AbortSignal): Promise<void> {
    const data = this.#data.get(folder);
    if (!data) return;
    const { driverName, volumeHandle, targetPath, isEphemeral } = data;
    const { client, capabilities } = this.#driver(driverName);
    await this.#inTurn({ driver: driverName, handle: volumeHandle }, async () => {
      await client.unpublish(volumeHandle, targetPath, signal);
      this.#data.delete(folder);
      const isLast = ![...this.#data.values()].some((other) => other.driverName === driverName && other.volumeHandle === volumeHandle);
      if (isLast && !isEphemeral && capabilities.has('STAGE_UNSTAGE_VOLUME')) {
        const staging = stagingFolder(this.#options.rootDir, driverName, volumeHandle);
        await client.unstage(volumeHandle, join(staging, 'globalmount'), signal);
        await rmdir(join(staging, 'globalmount')).catch(() => undefined);
        await rmdir(staging).catch(() => undefined);
      }
      await rm(join(folder, DATA_FILE), { force: true });
    });
    this.#options.onChange();
  }

  #driver(name: string): CsiDriver {
    const driver = this.#options.drivers.get(name);
    if (!driver) throw new VolumeError(`kubernetes.io/csi: driver name ${name} not found in the list of registered CSI drivers`);
    return driver;
  }

  async #driverObject(name: string, signal: AbortSignal): Promise<DeepReadonly<CSIDriver> | undefined> {
    try {
      return await this.#options.client.resource(csiDrivers).get(name, { signal });
    } catch (error) {
      if (hasReason(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  /** What attaching told, once the volume is attached to this node. */
  async #attachment(volume: CsiVolume, info: DeepReadonly<CSIDriver> | undefined, signal: AbortSignal): Promise<Record<string, string>> {
    if (volume.isEphemeral || info?.spec.attachRequired === false) return {};
    const { client, nodeName } = this.#options;
    const name = attachmentName(volume.handle, volume.driver, nodeName);
    try {
      const { status } = await client.resource(volumeAttachments).get(name, { signal });
      if (status?.attached) return { ...status.attachmentMetadata };
      throw new VolumeError(`volume ${volume.handle} has not been attached yet to node ${nodeName}${status?.attachError?.message ? `: ${status.attachError.message}` : ''}`);
    } catch (error) {
      if (!StatusError.is(error)) throw error;
      throw new VolumeError(`volume ${volume.handle} has not been attached to node ${nodeName}: ${error.message}`, { cause: error });
    }
  }

  async #secrets(reference: DeepReadonly<SecretReference> | undefined, signal: AbortSignal): Promise<Record<string, string>> {
    if (!reference) return {};
    const secret = await this.#options.client.resource(secrets, reference.namespace ?? '').get(reference.name ?? '', { signal });
    return Object.fromEntries(Object.entries(secret.data ?? {}).map(([key, base64]) => [key, Buffer.from(base64, 'base64').toString('utf8')]));
  }

  /** Tokens of the pod's account that the driver asks for. */
  async #tokens(info: DeepReadonly<CSIDriver> | undefined, context: VolumeContext): Promise<{ text: string | undefined; refreshAtMs?: number }> {
    const requests = info?.spec.tokenRequests ?? [];
    if (requests.length === 0) return { text: undefined };
    const found = await Promise.all(requests.map(async ({ audience, expirationSeconds = 3600 }) => ({ audience, ...(await context.token({ audience: audience || undefined, expirationSeconds })) })));
    const byAudience = Object.fromEntries(found.map(({ audience, token, expirationTimestamp }) => [audience, { token, expirationTimestamp }]));
    return { text: JSON.stringify(byAudience), ...(info?.spec.requiresRepublish && { refreshAtMs: Math.min(...found.map(({ refreshAtMs }) => refreshAtMs)) }) };
  }

  async #inTurn({ driver, handle }: Pick<CsiVolume, 'driver' | 'handle'>, work: () => Promise<void>): Promise<void> {
    const key = uniqueVolumeName(driver, handle);
    const turn = (this.#turns.get(key) ?? Promise.resolve()).catch(() => undefined).then(work);
    this.#turns.set(key, turn);
    try {
      await turn;
    } finally {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    }
  }
}

/** The claim's plugin has another folder of its own. */
function folderOf({ folder, volume }: VolumeContext): string {
  return join(dirname(dirname(folder)), CSI_FOLDER, volume.name);
}

function targetPathOf({ isBlock }: CsiVolume, folder: string): string {
  return join(folder, isBlock ? 'dev' : 'mount');
}

function checkMode({ driver, isEphemeral }: CsiVolume, info: DeepReadonly<CSIDriver> | undefined): void {
  const modes = info?.spec.volumeLifecycleModes ?? ['Persistent'];
  const mode = isEphemeral ? 'Ephemeral' : 'Persistent';
  if (!modes.includes(mode)) throw new VolumeError(`volume mode ${JSON.stringify(mode)} not supported by driver ${driver} (only supports [${modes.map((one) => JSON.stringify(one)).join(' ')}])`);
}

async function failingAsVolume(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (signal.aborted || !isRuntimeError(error)) throw error;
    throw new VolumeError(runtimeErrorText(error), { cause: error });
  }
}

function dataOf(text: string): VolumeData | undefined {
  try {
    const data = JSON.parse(text) as Partial<VolumeData>;
    return data.driverName !== undefined && data.volumeHandle !== undefined && data.targetPath !== undefined ? (data as VolumeData) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
