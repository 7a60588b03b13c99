import { createHash } from 'node:crypto';
import { pack } from 'tar-stream';

/** A file of an image. `mode` is 0o755 unless given; a `linkTo` makes a symbolic link, no content and no link a directory. */
export interface ImageFile {
  readonly path: string;
  readonly content?: Uint8Array | string;
  readonly linkTo?: string;
  readonly mode?: number;
}

export interface ImageDescription {
  /** Every name of the image, with its registry: `registry.k8s.io/pause:3.10`. */
  readonly references: readonly string[];
  /** As Node names it: `x64`, `arm64`. */
  readonly architecture: string;
  readonly files: readonly ImageFile[];
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly env?: readonly string[];
  readonly workingDir?: string;
  readonly user?: string;
  readonly exposedPorts?: readonly string[];
}

interface Blob {
  readonly digest: string;
  readonly bytes: Uint8Array;
}

const GO_ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
/** The same files give the same digest, whenever they are packed. */
const EPOCH = new Date(0);

/** An OCI image archive (an image layout in a tar file) of one layer. The same description gives the same bytes. */
export async function buildImageArchive(image: ImageDescription): Promise<Uint8Array> {
  const layer = blobOf(await tarOf(withParents(image.files)));
  const config = blobOf(jsonBytes({
    created: EPOCH.toISOString(),
    architecture: GO_ARCHITECTURES[image.architecture] ?? image.architecture,
    os: 'linux',
    config: {
      ...(image.entrypoint && { Entrypoint: image.entrypoint }),
      ...(image.cmd && { Cmd: image.cmd }),
      Env: image.env ?? ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      ...(image.workingDir && { WorkingDir: image.workingDir }),
      ...(image.user && { User: image.user }),
      ...(image.exposedPorts && { ExposedPorts: Object.fromEntries(image.exposedPorts.map((port) => [port, {}])) }),
    },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
    history: [{ created: EPOCH.toISOString(), created_by: 'kubets' }],
  }));
  const manifest = blobOf(jsonBytes({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config.digest, size: config.bytes.length },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: layer.digest, size: layer.bytes.length }],
  }));
  const index = jsonBytes({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: image.references.map((reference) => ({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: manifest.digest,
      size: manifest.bytes.length,
      annotations: { 'io.containerd.image.name': reference, 'org.opencontainers.image.ref.name': tagOf(reference) },
      platform: { architecture: GO_ARCHITECTURES[image.architecture] ?? image.architecture, os: 'linux' },
    })),
  });
  return tarOf([
    { path: 'oci-layout', content: jsonBytes({ imageLayoutVersion: '1.0.0' }), mode: 0o644 },
    { path: 'index.json', content: index, mode: 0o644 },
    ...[layer, config, manifest].map((blob) => ({ path: `blobs/sha256/${blob.digest.slice('sha256:'.length)}`, content: blob.bytes, mode: 0o644 })),
  ]);
}

function tagOf(reference: string): string {
  const colon = reference.lastIndexOf(':');
  return colon > reference.lastIndexOf('/') ? reference.slice(colon + 1) : 'latest';
}

function blobOf(bytes: Uint8Array): Blob {
  return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, bytes };
}

function jsonBytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** Adds the directories that files lie in, each before what is in it. */
function withParents(files: readonly ImageFile[]): ImageFile[] {
  const all = new Map<string, ImageFile>();
  for (const file of files) {
    const parts = file.path.replace(/^\/+/, '').split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const parent = parts.slice(0, depth).join('/');
      if (!all.has(parent)) all.set(parent, { path: parent });
    }
    all.set(parts.join('/'), { ...file, path: parts.join('/') });
  }
  return [...all.values()];
}

async function tarOf(files: readonly ImageFile[]): Promise<Uint8Array> {
  const archive = pack();
  const chunks: Uint8Array[] = [];
  archive.on('data', (chunk: unknown) => chunks.push(chunk as Uint8Array));
  const ended = new Promise<void>((resolve, reject) => archive.on('end', resolve).on('error', reject));
  for (const file of files) {
    const header = { name: file.path, mtime: EPOCH, uid: 0, gid: 0, mode: file.mode ?? 0o755 };
    if (file.linkTo !== undefined) archive.entry({ ...header, type: 'symlink', linkname: file.linkTo });
    else if (file.content === undefined) archive.entry({ ...header, type: 'directory' });
    else archive.entry({ ...header, type: 'file' }, Buffer.from(file.content));
  }
  archive.finalize();
  await ended;
  return Buffer.concat(chunks);
}
