import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { readIfExists, writeFileDurably } from '../files.ts';
import { formatReference, parseReference } from './reference.ts';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface DockerManifest {
  readonly Config: string;
  readonly RepoTags: readonly string[] | null;
  readonly Layers: readonly string[];
}

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Images by name, their parts by digest, in a folder: what `kubets image load` fills and the server's registry serves. */
export class ImageStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Name -> descriptor of its manifest or index. */
  images(): Readonly<Record<string, Descriptor>> {
    const text = readIfExists(join(this.#folder, 'images.json'));
    return text === undefined ? {} : (JSON.parse(text) as Record<string, Descriptor>);
  }

  /** The file of a part; undefined when there is none of this digest. */
  blob(digest: string): { path: string; size: number } | undefined {
    if (!DIGEST.test(digest)) return undefined;
    const path = this.#blobPath(digest);
    return existsSync(path) ? { path, size: statSync(path).size } : undefined;
  }

  /** Loads an archive (`docker save`, or an OCI image layout in a tar file). Gives the names of its images. Throws for anything else. */
  async load(archive: AsyncIterable<unknown>): Promise<string[]> {
    const files = await this.#unpack(archive);
    const layout = files.get('index.json');
    const docker = files.get('manifest.json');
    let found: { name: string; descriptor: Descriptor }[] = [];
    if (layout) found = this.#fromLayout(layout.digest);
    // Docker writes both since version 25: its own form has the names in full.
    if (docker && !found.some(({ name }) => name.includes('/'))) found = this.#fromDocker(docker.digest, files);
    if (found.length === 0) throw new Error('the file holds no named image: it must be a tar file of "docker save", or an OCI image layout whose index.json names its images');
    const images = { ...this.images() };
    for (const { name, descriptor } of found) images[name] = descriptor;
    writeFileDurably(join(this.#folder, 'images.json'), JSON.stringify(images));
    return found.map(({ name }) => name);
  }

  #blobPath(digest: string): string {
    return join(this.#folder, 'blobs', digest.slice('sha256:'.length));
  }

  #json(digest: string): unknown {
    return JSON.parse(readFileSync(this.#blobPath(digest), 'utf8'));
  }

  /** Keeps every file of the archive as a part. Gives their digests by path. */
  async #unpack(archive: AsyncIterable<unknown>): Promise<Map<string, Descriptor>> {
    mkdirSync(join(this.#folder, 'blobs'), { recursive: true, mode: 0o700 });
    const files = new Map<string, Descriptor>();
    const reader = extract();
    const feeding = pipeline(archive, reader);
    try {
      for await (const entry of reader) {
        if (entry.header.type === 'file') files.set(entry.header.name.replace(/^\.\//, ''), await this.#keep(entry));
        else entry.resume();
      }
      await feeding;
    } catch (error) {
      feeding.catch(() => undefined);
      throw new Error(`the file is no tar archive, or is damaged: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
    return files;
  }

  async #keep(content: AsyncIterable<unknown>): Promise<Descriptor> {
    const temporary = join(this.#folder, 'blobs', `incoming-${process.pid}`);
    const hash = createHash('sha256');
    let size = 0;
    await pipeline(content, hashing(hash, (length) => (size += length)), createWriteStream(temporary, { mode: 0o600 }));
    const digest = `sha256:${hash.digest('hex')}`;
    if (this.blob(digest)) rmSync(temporary);
    else renameSync(temporary, this.#blobPath(digest));
    return { mediaType: 'application/octet-stream', digest, size };
  }

  #fromLayout(indexDigest: string): { name: string; descriptor: Descriptor }[] {
    const index = this.#json(indexDigest) as { manifests?: readonly Descriptor[] };
    const found: { name: string; descriptor: Descriptor }[] = [];
    for (const manifest of index.manifests ?? []) {
      const name = manifest.annotations?.['io.containerd.image.name'] ?? manifest.annotations?.['org.opencontainers.image.ref.name'];
      if (name === undefined || !this.blob(manifest.digest)) continue;
      const { mediaType, digest, size } = manifest;
      found.push({ name: formatReference(parseReference(name)), descriptor: { mediaType, digest, size } });
    }
    return found;
  }

  #fromDocker(manifestDigest: string, files: ReadonlyMap<string, Descriptor>): { name: string; descriptor: Descriptor }[] {
    const found: { name: string; descriptor: Descriptor }[] = [];
    for (const image of this.#json(manifestDigest) as readonly DockerManifest[]) {
      const part = (path: string, mediaType: string): Descriptor => {
        const file = files.get(path);
        if (!file) throw new Error(`the archive lacks ${path}, which its manifest names`);
        return { ...file, mediaType };
      };
      const manifest = {
        schemaVersion: 2,
        mediaType: MANIFEST_TYPE,
        config: part(image.Config, CONFIG_TYPE),
        layers: image.Layers.map((path) => part(path, this.#layerType(files.get(path)))),
      };
      const bytes = Buffer.from(JSON.stringify(manifest));
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      writeFileDurably(this.#blobPath(digest), bytes.toString());
      for (const tag of image.RepoTags ?? []) found.push({ name: formatReference(parseReference(tag)), descriptor: { mediaType: MANIFEST_TYPE, digest, size: bytes.length } });
    }
    return found;
  }

  #layerType(file: Descriptor | undefined): string {
    const start = file && readFileSync(this.#blobPath(file.digest)).subarray(0, 2);
    return start?.[0] === 0x1f && start[1] === 0x8b ? 'application/vnd.oci.image.layer.v1.tar+gzip' : 'application/vnd.oci.image.layer.v1.tar';
  }

  /** A part's bytes, to be sent. */
  open(digest: string): Readable {
    return createReadStream(this.#blobPath(digest));
  }
}

function hashing(hash: Hash, count: (length: number) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      count(chunk.length);
      done(null, chunk);
    },
  });
}
