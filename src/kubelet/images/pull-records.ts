import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatTime } from '../../apimachinery/time.ts';
import type { Clock } from '../../base/clock.ts';
import { repositoryOf } from './image-reference.ts';

/** A Secret with which an image was pulled. */
export interface PullSecret {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Of the credentials in it. */
  readonly credentialHash: string;
}

/** Who may use an image by one of its names. */
export type PullCredentials = { readonly nodePodsAccessible: true } | { readonly kubernetesSecrets: readonly PullSecret[] };

interface PulledRecord {
  readonly kind: 'ImagePulledRecord';
  readonly apiVersion: typeof API_VERSION;
  readonly lastUpdatedTime: string;
  readonly imageRef: string;
  readonly credentialMapping: Readonly<Record<string, PullCredentials>>;
}

const API_VERSION = 'kubelet.config.k8s.io/v1beta1';
/** Of what is only found to match, so much is noted. */
const MATCHES_NOTED = 100;

/**
 * Which images the kubelet pulled itself, and with whose credentials, kept over its restarts: a pod that may not pull an image may not use the
 * one that is there either. What was on the node before, everybody may use (policy `NeverVerifyPreloadedImages`). Source: KEP-2535.
 */
export class PullRecords {
  readonly #clock: Clock;
  /** Undefined: nothing is kept. */
  readonly #folder: string | undefined;
  readonly #pulled = new Map<string, PulledRecord>();
  /** Pulls under way, by image, and how many: a kubelet that ended meanwhile does not know how they went. */
  readonly #intents = new Map<string, number>();

  constructor(options: { readonly clock: Clock; readonly folder: string | undefined }) {
    this.#clock = options.clock;
    this.#folder = options.folder;
  }

  /** `find`: the image that is there under a name; what was being pulled when the last kubelet ended belongs to whoever can pull it again. */
  async load(find: (image: string) => Promise<string | undefined>): Promise<void> {
    for (const text of await this.#textsOf('pulled')) {
      const record = parse(text) as PulledRecord | undefined;
      if (record?.imageRef) this.#pulled.set(record.imageRef, record);
    }
    for (const text of await this.#textsOf('pulling')) {
      const image = (parse(text) as { image?: string } | undefined)?.image;
      if (image === undefined) continue;
      const imageRef = await find(image);
      if (imageRef !== undefined && !this.#pulled.has(imageRef)) await this.#write({ ...this.#empty(imageRef) });
      await this.#remove('pulling', image);
    }
  }

  /** Whether the image that is there is no use before it is pulled again, with credentials of the pod's own. */
  async mustPull(image: string, imageRef: string, secrets: () => Promise<readonly PullSecret[]>): Promise<boolean> {
    const record = this.#pulled.get(imageRef);
    if (!record) return this.#intents.has(image);
    const known = record.credentialMapping[repositoryOf(image)];
    if (!known) return true;
    if ('nodePodsAccessible' in known) return false;
    for (const secret of await secrets()) {
      const match = known.kubernetesSecrets.find((one) => one.credentialHash === secret.credentialHash || isSame(one, secret));
      if (!match) continue;
      if (known.kubernetesSecrets.length < MATCHES_NOTED) await this.#note(image, imageRef, { kubernetesSecrets: [secret] });
      return false;
    }
    return true;
  }

  async begin(image: string): Promise<void> {
    const count = this.#intents.get(image) ?? 0;
    this.#intents.set(image, count + 1);
    if (count === 0) await this.#save('pulling', image, { kind: 'ImagePullIntent', apiVersion: API_VERSION, image });
  }

  /** `imageRef` undefined: it could not be pulled. */
  async end(image: string, imageRef: string | undefined, credentials: PullCredentials): Promise<void> {
    if (imageRef !== undefined) await this.#note(image, imageRef, credentials);
    const count = this.#intents.get(image) ?? 0;
    if (count > 1) this.#intents.set(image, count - 1);
    else {
      this.#intents.delete(image);
      await this.#remove('pulling', image);
    }
  }

  /** Forgets images that are gone: whoever brings them back may be somebody else. */
  async keep(imageRefs: ReadonlySet<string>, listedAtMs: number): Promise<void> {
    for (const [imageRef, { lastUpdatedTime }] of this.#pulled) {
      // Times are told in whole seconds.
      if (imageRefs.has(imageRef) || Date.parse(lastUpdatedTime) + 1000 > listedAtMs) continue;
      this.#pulled.delete(imageRef);
      await this.#remove('pulled', imageRef);
    }
  }

  async #note(image: string, imageRef: string, credentials: PullCredentials): Promise<void> {
    const record = this.#pulled.get(imageRef) ?? this.#empty(imageRef);
    const repository = repositoryOf(image);
    const before = record.credentialMapping[repository];
    const merged = merge(before, credentials);
    if (merged !== before) await this.#write({ ...record, credentialMapping: { ...record.credentialMapping, [repository]: merged } });
  }

  #empty(imageRef: string): PulledRecord {
    return { kind: 'ImagePulledRecord', apiVersion: API_VERSION, lastUpdatedTime: '', imageRef, credentialMapping: {} };
  }

  async #write(record: PulledRecord): Promise<void> {
    const now = { ...record, lastUpdatedTime: formatTime(this.#clock.now()) };
    this.#pulled.set(record.imageRef, now);
    await this.#save('pulled', record.imageRef, now);
  }

  #path(folder: 'pulled' | 'pulling', name: string): string {
    return join(this.#folder ?? '', folder, `sha256-${createHash('sha256').update(name).digest('hex')}`);
  }

  async #save(folder: 'pulled' | 'pulling', name: string, content: object): Promise<void> {
    if (this.#folder === undefined) return;
    const path = this.#path(folder, name);
    await mkdir(join(this.#folder, folder), { recursive: true, mode: 0o700 });
    const draft = `${path}.${this.#clock.monotonic()}.new`;
    await writeFile(draft, JSON.stringify(content), { mode: 0o600 });
    await rename(draft, path);
  }

  async #remove(folder: 'pulled' | 'pulling', name: string): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#path(folder, name), { force: true });
  }

  async #textsOf(folder: 'pulled' | 'pulling'): Promise<string[]> {
    if (this.#folder === undefined) return [];
    const names = await readdir(join(this.#folder, folder)).catch(() => []);
    return Promise.all(names.filter((name) => !name.endsWith('.new')).map((name) => readFile(join(this.#folder ?? '', folder, name), 'utf8')));
  }
}

/** Undefined for what is broken: then the image counts as one that nobody pulled. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isSame(one: PullSecret, other: PullSecret): boolean {
  return one.uid === other.uid && one.namespace === other.namespace && one.name === other.name;
}

/** Whoever needs no credentials, nobody needs any. A Secret that has changed takes the place of what it was. */
function merge(before: PullCredentials | undefined, more: PullCredentials): PullCredentials {
  if (!before) return more;
  if ('nodePodsAccessible' in before || 'nodePodsAccessible' in more) return 'nodePodsAccessible' in before ? before : more;
  const fresh = more.kubernetesSecrets.filter((secret) => !before.kubernetesSecrets.some((one) => isSame(one, secret) && one.credentialHash === secret.credentialHash));
  if (fresh.length === 0) return before;
  return { kubernetesSecrets: [...before.kubernetesSecrets.filter((one) => !fresh.some((secret) => isSame(one, secret))), ...fresh] };
}
