import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, ObjectReference, Pod, Secret } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { EventRecorder } from '../../client/index.ts';
import { isRuntimeError, runtimeErrorText, type ContainerRuntime, type Image } from '../../runtime/index.ts';
import { RestartBackOff, shortDurationText } from '../pods/restart-back-off.ts';
import { imageNameProblem, withDefaultTag } from './image-reference.ts';
import { type FoundCredentials, pullCredentials, pullSecretsAmong } from './pull-credentials.ts';
import type { PullRecords } from './pull-records.ts';

/** Why a pull has failed. */
type PullReason = 'ErrImagePull' | 'RegistryUnavailable' | 'SignatureValidationFailed';

/** An image is not there; `reason` is what the container's waiting state says. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  readonly reason: PullReason | 'ImagePullBackOff' | 'ErrImageNeverPull' | 'InvalidImageName' | 'ImageInspectError';
  /** When to try again, since 1970. */
  readonly againAtMs: number | undefined;

  constructor(reason: ImageError['reason'], message: string, againAtMs?: number, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
    this.againAtMs = againAtMs;
  }
}

export interface ImageManagerOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly events: EventRecorder;
  readonly records: PullRecords;
  /** The text of the node's own `config.json` with credentials of registries. */
  readonly nodeConfig: () => Promise<string | undefined>;
}

interface WantedImage {
  readonly pod: DeepReadonly<Pod>;
  /** As the pod says it. */
  readonly name: string;
  /** With its tag. */
  readonly reference: string;
  readonly about: ObjectReference;
  readonly credentials: readonly FoundCredentials[];
}

/** Sees to it that the images of containers are there, by their pull policies; tells what it does in events. */
export class ImageManager {
  readonly #runtime: ContainerRuntime;
  readonly #clock: Clock;
  readonly #events: EventRecorder;
  readonly #records: PullRecords;
  readonly #nodeConfig: () => Promise<string | undefined>;
  readonly #backOff = new RestartBackOff();
  /** The last failure of each pod's image: what the back-off message repeats. */
  readonly #failures = new Map<string, { atMs: number; message: string }>();
  /** Pulls under way, by image: pods that want the same one wait for the same pull. */
  readonly #pulling = new Map<string, Promise<string>>();

  constructor(options: ImageManagerOptions) {
    this.#records = options.records;
    this.#nodeConfig = options.nodeConfig;
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
      this.#events.warning(about, 'Failed', 'Error: InvalidImageName');
      throw new ImageError('InvalidImageName', message);
    }
    const name = container.image ?? '';
    const credentials = once(async () => pullCredentials(reference, await pullSecrets(), await this.#nodeConfig()));
    const policy = container.imagePullPolicy ?? (reference.endsWith(':latest') ? 'Always' : 'IfNotPresent');
    const present = policy === 'Always' ? undefined : await this.#runtime.imageStatus({ image: reference }, signal);
    if (present && !(await this.#records.mustPull(name, present.id, async () => pullSecretsAmong(await credentials())))) {
      this.#events.normal(about, 'Pulled', `Container image "${name}" already present on machine and can be accessed by the pod`);
      return present;
    }
    if (policy === 'Never') {
      // That it is there is nothing for those who may not have it.
      const message = `Container image "${name}" is not present with pull policy of Never`;
      this.#events.warning(about, 'ErrImageNeverPull', message);
      this.#events.warning(about, 'Failed', 'Error: ErrImageNeverPull');
      throw new ImageError('ErrImageNeverPull', message);
    }
    return this.#pull({ pod, name, reference, about, credentials: await credentials() }, signal);
  }

  async #pull(wanted: WantedImage, signal: AbortSignal): Promise<Image> {
    const { pod, name, reference, about } = wanted;
    const key = `${pod.metadata.uid}/${reference}`;
    this.#checkBackOff(key, name, about);
    this.#events.normal(about, 'Pulling', `Pulling image "${name}"`);
    const startedMs = this.#clock.monotonic();
    let image: Image | undefined;
    let served: FoundCredentials | undefined;
    await this.#records.begin(name);
    try {
      served = await this.#pullWithAny(wanted, signal);
      image = await this.#runtime.imageStatus({ image: reference }, signal);
    } catch (error) {
      if (signal.aborted || !isRuntimeError(error)) throw error;
      const text = runtimeErrorText(error);
      const { reason, message } = pullFailure(name, text);
      const nowMs = this.#clock.now();
      this.#backOff.next(key, nowMs);
      this.#failures.set(key, { atMs: nowMs, message: `${reason}: ${message}` });
      this.#events.warning(about, 'Failed', `Failed to pull image "${name}": ${text}`);
      this.#events.warning(about, 'Failed', `Error: ${reason}`);
      throw new ImageError(reason, message, nowMs, { cause: error });
    } finally {
      await this.#records.end(name, image?.id, served?.secret ? { kubernetesSecrets: [served.secret] } : { nodePodsAccessible: true });
    }
    this.#failures.delete(key);
    this.#backOff.forget(key);
    if (!image) throw new ImageError('ImageInspectError', `Failed to inspect image "${reference}" after it was pulled`);
    const took = shortDurationText(this.#clock.monotonic() - startedMs);
    this.#events.normal(about, 'Pulled', `Successfully pulled image "${name}" in ${took} (${took} including waiting). Image size: ${image.size} bytes.`);
    return image;
  }

  #checkBackOff(key: string, name: string, about: ObjectReference): void {
    const failure = this.#failures.get(key);
    const held = failure && this.#backOff.heldUntil(key, failure.atMs);
    if (!held || held.untilMs <= this.#clock.now()) return;
    const message = `Back-off pulling image "${name}"`;
    this.#events.normal(about, 'BackOff', message);
    this.#events.warning(about, 'Failed', 'Error: ImagePullBackOff');
    throw new ImageError('ImagePullBackOff', `${message}: ${failure.message}`, held.untilMs);
  }

  /** Tries what may serve, one after the other; without any, as nobody. Gives what has served. */
  async #pullWithAny({ reference, credentials }: WantedImage, signal: AbortSignal): Promise<FoundCredentials | undefined> {
    if (credentials.length === 0) {
      await this.#pullAsNobody(reference, signal);
      return undefined;
    }
    let refusal: unknown;
    for (const found of credentials) {
      try {
        await this.#runtime.pullImage({ image: reference }, found.auth, undefined, signal);
        return found;
      } catch (error) {
        if (signal.aborted || !isRuntimeError(error)) throw error;
        refusal = error;
      }
    }
    throw refusal;
  }

  async #pullAsNobody(reference: string, signal: AbortSignal): Promise<void> {
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

/** Runtimes may begin what they say with its kind. Source: pkg/kubelet/images, evalCRIPullErr. */
export function pullFailure(image: string, text: string): { readonly reason: PullReason; readonly message: string } {
  for (const [reason, why] of [['RegistryUnavailable', 'registry is unavailable'], ['SignatureValidationFailed', 'signature validation failed']] as const) {
    if (text.startsWith(reason)) return { reason, message: `image pull failed for ${image} because the ${why}${text.slice(reason.length)}` };
  }
  return { reason: 'ErrImagePull', message: text };
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}
