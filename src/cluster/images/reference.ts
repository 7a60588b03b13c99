/** A name of an image taken apart, with what Docker and containerd add: `busybox` is `docker.io/library/busybox:latest`. */
export interface ImageReference {
  readonly registry: string;
  /** `library/busybox` */
  readonly repository: string;
  /** A tag, or a digest (`sha256:...`). */
  readonly version: string;
}

const REPOSITORY = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const VERSION = /^(?:[A-Za-z0-9_][\w.-]{0,127}|sha256:[0-9a-f]{64})$/;

/** Throws Error for a text that names no image. */
export function parseReference(text: string): ImageReference {
  const [named = '', digest] = text.split('@');
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const path = hasTag ? named.slice(0, colon) : named;
  const slash = path.indexOf('/');
  const head = path.slice(0, slash);
  const hasRegistry = slash > 0 && (/[.:]/.test(head) || head === 'localhost');
  const registry = hasRegistry ? head : 'docker.io';
  const rest = hasRegistry ? path.slice(slash + 1) : path;
  const repository = registry === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest;
  const version = digest ?? (hasTag ? named.slice(colon + 1) : 'latest');
  if (!REPOSITORY.test(repository) || !VERSION.test(version)) throw new Error(`"${text}" names no image; a name looks like registry.example/team/app:v1`);
  return { registry, repository, version };
}

export function formatReference(reference: ImageReference): string {
  return `${reference.registry}/${reference.repository}${reference.version.startsWith('sha256:') ? '@' : ':'}${reference.version}`;
}
