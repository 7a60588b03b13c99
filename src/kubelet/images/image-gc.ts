import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { isRuntimeError, type ContainerRuntime } from '../../runtime/index.ts';
import type { PullRecords } from './pull-records.ts';
import type { Machine } from '../node/machine.ts';

const CHECK_MS = 300_000;
/** Younger images stay. Source: kubelet configuration, imageMinimumGCAge. */
const MIN_AGE_MS = 120_000;

export interface ImageGcOptions {
  readonly runtime: ContainerRuntime;
  readonly machine: Machine;
  readonly clock: Clock;
  readonly records: PullRecords;
  readonly logger: Logger;
  /** Shares of the image file system that is in use: from the first on images go, until the second is reached. */
  readonly highThreshold: number;
  readonly lowThreshold: number;
}

/** Removes images that no container uses when the disk fills up, those that were unused longest first. */
export class ImageGarbageCollector {
  readonly #options: ImageGcOptions;
  /** When each image was last seen in use, or first seen. */
  readonly #lastUsed = new Map<string, number>();
  readonly #firstSeen = new Map<string, number>();

  /** What was there at the first look may have been for long. */
  #hasLooked = false;

  constructor(options: ImageGcOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    await this.#guarded(() => this.#observe(signal), signal);
    for (;;) {
      await clock.sleep(CHECK_MS, signal);
      await this.#guarded(() => this.#collectWhenFull(signal), signal);
    }
  }

  async #collectWhenFull(signal: AbortSignal): Promise<void> {
    const { machine, highThreshold, lowThreshold } = this.#options;
    await this.#observe(signal);
    const { capacityBytes, availableBytes } = (await machine.usage()).imageFs;
    if (availableBytes < capacityBytes * (1 - highThreshold)) await this.collect(capacityBytes * (1 - lowThreshold) - availableBytes, signal);
  }

  async #guarded(work: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (signal.aborted || !isRuntimeError(error)) throw error;
      this.#options.logger.warn('image garbage collection failed', { error: error.message });
    }
  }

  async #observe(signal: AbortSignal): Promise<Set<string>> {
    const { runtime, clock, records } = this.#options;
    const listedAtMs = clock.now();
    const [images, containers] = await Promise.all([runtime.listImages(signal), runtime.listContainers(undefined, signal)]);
    const used = new Set(containers.flatMap(({ imageRef, imageId, image }) => [imageRef, imageId, image.image]));
    const nowMs = clock.now();
    for (const { id } of images) {
      if (used.has(id) || !this.#lastUsed.has(id)) this.#lastUsed.set(id, nowMs);
      if (!this.#firstSeen.has(id)) this.#firstSeen.set(id, this.#hasLooked ? nowMs : 0);
    }
    this.#hasLooked = true;
    const present = new Set(images.map(({ id }) => id));
    await records.keep(present, listedAtMs);
    for (const seen of [this.#lastUsed, this.#firstSeen]) for (const id of seen.keys()) if (!present.has(id)) seen.delete(id);
    return used;
  }

  /** Removes unused images until so many bytes are freed; gives how many were. */
  async collect(wantedBytes: number, signal: AbortSignal): Promise<number> {
    const { runtime, clock, logger } = this.#options;
    const used = await this.#observe(signal);
    const images = (await runtime.listImages(signal)).filter(({ id, pinned, repoDigests }) => !pinned && !used.has(id) && !repoDigests.some((digest) => used.has(digest)));
    let freed = 0;
    for (const image of images.toSorted((a, b) => (this.#lastUsed.get(a.id) ?? 0) - (this.#lastUsed.get(b.id) ?? 0))) {
      if (freed >= wantedBytes) break;
      // It may have just been pulled, for a container that is to be made.
      if (clock.now() - (this.#firstSeen.get(image.id) ?? 0) < MIN_AGE_MS) continue;
      logger.info('removing an unused image', { image: image.repoTags[0] ?? image.id });
      await runtime.removeImage({ image: image.id }, signal);
      freed += image.size;
    }
    return freed;
  }
}
