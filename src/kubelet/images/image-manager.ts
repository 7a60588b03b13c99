import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, ObjectReference, Pod, Secret } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { EventRecorder } from '../../client/index.ts';
import { isRuntimeError, runtimeErrorText, type ContainerRuntime, type Image } from '../../runtime/index.ts';
import { RestartBackOff } from '../pods/restart-back-off.ts';
import { imageNameProblem, withDefaultTag } from './image-reference.ts';
import { pullCredentials } from './pull-credentials.ts';

/** An image is not there; `reason` is what the container's waiting state says. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  readonly reason: 'ErrImagePull' | 'ImagePullBackOff' | 'ErrImageNeverPull' | 'InvalidImageName' | 'ImageInspectError';
  /** When to try again, since 1970. */
  readonly againAtMs: number | undefined;

  constructor(reason: ImageError['reason'], message: string, againAtMs?: number, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
    this.againAtMs = againAtMs;
  }
}

/** Sees to it that the images of containers are there, by their pull policies; tells what it does in events. */
export class ImageManager {
  readonly #runtime: ContainerRuntime;
  readonly #clock: Clock;
  readonly #events: EventRecorder;
  readonly #backOff = new RestartBackOff();
  /** The last failure of each pod's image: what the back-off message repeats. */
  readonly #failures = new Map<string, { atMs: number; message: string }>();
  /** Pulls under way, by image: pods that want the same one wait for the same pull. */
  readonly #pulling = new Map<string, Promise<string>>();

  constructor(options: { runtime: ContainerRuntime; clock: Clock; events: EventRecorder }) {
    this.#runtime = options.runtime;
    this.#clock = options.clock;
    this.#events = options.events;
  }

  /** Throws `ImageError`. `about` is the container in the pod, for events. */
  async ensure(
    pod: DeepReadonly<Pod>,
    container: DeepReadonly<Container>,
    about: ObjectReference,
    pullSecrets: () => Promise<readonly DeepReadonly<Secret>[]>,
    signal: AbortSignal,
  ): Promise<Image> {
    const reference = withDefaultTag(container.image ?? '');
    const problem = imageNameProblem(container.image ?? '');
    if (problem !== undefined) {
      const message = `Failed to apply default image tag "${container.image}": couldn't parse image name "${container.image}": ${problem}`;
      this.#events.warning(about, 'InspectFailed', message);
      throw new ImageError('InvalidImageName', message);
    }
    const present = await this.#runtime.imageStatus({ image: reference }, signal);
    const policy = container.imagePullPolicy ?? (reference.endsWith(':latest') ? 'Always' : 'IfNotPresent');
    if (present && policy !== 'Always') {
      this.#events.normal(about, 'Pulled', `Container image "${container.image}" already present on machine and can be accessed by the pod`);
      return present;
    }
    if (policy === 'Never') {
      const message = `Container image "${container.image}" is not present with pull policy of Never`;
      this.#events.warning(about, 'ErrImageNeverPull', message);
      throw new ImageError('ErrImageNeverPull', message);
    }
    return this.#pull(pod, reference, about, await pullSecrets(), signal);
  }

  async #pull(pod: DeepReadonly<Pod>, reference: string, about: ObjectReference, secrets: readonly DeepReadonly<Secret>[], signal: AbortSignal): Promise<Image> {
    const key = `${pod.metadata.uid}/${reference}`;
    this.#checkBackOff(key, reference, about);
    this.#events.normal(about, 'Pulling', `Pulling image "${reference}"`);
    const startedMs = this.#clock.monotonic();
    try {
      await this.#pullOnce(reference, secrets, signal);
    } catch (error) {
      if (signal.aborted || !isRuntimeError(error)) throw error;
      const message = runtimeErrorText(error);
      const nowMs = this.#clock.now();
      this.#backOff.next(key, nowMs);
      this.#failures.set(key, { atMs: nowMs, message });
      this.#events.warning(about, 'Failed', `Failed to pull image "${reference}": ${message}`);
      this.#events.warning(about, 'Failed', 'Error: ErrImagePull');
      throw new ImageError('ErrImagePull', message, nowMs, { cause: error });
    }
    this.#failures.delete(key);
    this.#backOff.forget(key);
    const image = await this.#runtime.imageStatus({ image: reference }, signal);
    if (!image) throw new ImageError('ImageInspectError', `Failed to inspect image "${reference}" after it was pulled`);
    const took = `${((this.#clock.monotonic() - startedMs) / 1000).toFixed(3)}s`;
    this.#events.normal(about, 'Pulled', `Successfully pulled image "${reference}" in ${took} (${took} including waiting). Image size: ${image.size} bytes.`);
    return image;
  }

  #checkBackOff(key: string, reference: string, about: ObjectReference): void {
    const failure = this.#failures.get(key);
    const held = failure && this.#backOff.heldUntil(key, failure.atMs);
    if (!held || held.untilMs <= this.#clock.now()) return;
    const message = `Back-off pulling image "${reference}"`;
    this.#events.normal(about, 'BackOff', message);
    this.#events.warning(about, 'Failed', 'Error: ImagePullBackOff');
    throw new ImageError('ImagePullBackOff', `${message}: ErrImagePull: ${failure.message}`, held.untilMs);
  }

  async #pullOnce(reference: string, secrets: readonly DeepReadonly<Secret>[], signal: AbortSignal): Promise<void> {
    const auth = pullCredentials(reference, secrets);
    if (auth) {
      await this.#runtime.pullImage({ image: reference }, auth, undefined, signal);
      return;
    }
    let pull = this.#pulling.get(reference);
    if (!pull) {
      pull = this.#runtime.pullImage({ image: reference }, undefined, undefined, signal).finally(() => this.#pulling.delete(reference));
      this.#pulling.set(reference, pull);
    }
    await pull;
  }

  forgetPod(uid: string): void {
    this.#backOff.forget(`${uid}/`);
    for (const key of this.#failures.keys()) if (key.startsWith(`${uid}/`)) this.#failures.delete(key);
  }
}
