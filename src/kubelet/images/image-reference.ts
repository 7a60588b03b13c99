/** The image with the tag `latest` where it names neither tag nor digest. */
export function withDefaultTag(image: string): string {
  const afterSlash = image.slice(image.lastIndexOf('/') + 1);
  return afterSlash.includes(':') || image.includes('@') ? image : `${image}:latest`;
}

/** `docker.io` for names without a registry, as every container tool reads them. */
export function registryOf(image: string): string {
  const [first = ''] = image.split('/');
  const namesRegistry = image.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost');
  return namesRegistry ? first : 'docker.io';
}

/** The image without tag and digest, in full: `docker.io/library/busybox`. */
export function repositoryOf(image: string): string {
  const registry = registryOf(image);
  const path = (image.startsWith(`${registry}/`) ? image.slice(registry.length + 1) : image).replace(/@.*$/, '').replace(/:[^/]*$/, '');
  return `${registry}/${registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path}`;
}

const DOMAIN = String.raw`(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])`;
const HOST = String.raw`(?:${DOMAIN}(?:\.${DOMAIN})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?`;
const PART = String.raw`[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*`;
const DIGEST = String.raw`[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}`;
const REFERENCE = new RegExp(String.raw`^(?:${HOST}/)?(${PART}(?:/${PART})*)(?::\w[\w.-]{0,127})?(?:@${DIGEST})?$`);
const MAX_NAME = 255;

/** What is wrong with the name of an image, in the words of every container tool; undefined: nothing. Source: github.com/distribution/reference, ParseNormalizedNamed. */
export function imageNameProblem(image: string): string | undefined {
  if (/^[a-f0-9]{64}$/.test(image)) return `invalid repository name (${image}), cannot specify 64-byte hexadecimal strings`;
  const [first = ''] = image.split('/');
  const namesRegistry = image.includes('/') && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first);
  const domain = namesRegistry ? first : 'docker.io';
  const rest = namesRegistry ? image.slice(first.length + 1) : image;
  const remainder = domain === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest;
  const [path = ''] = remainder.split(':');
  if (path.toLowerCase() !== path) return `invalid reference format: repository name (${path}) must be lowercase`;
  const name = REFERENCE.exec(`${domain}/${remainder}`)?.[1];
  if (name === undefined) return 'invalid reference format';
  return name.length > MAX_NAME ? `repository name must not be more than ${MAX_NAME} characters` : undefined;
}
