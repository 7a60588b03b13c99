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
