/** Whether an image reference means the tag `latest`: said so, or neither tag nor digest given. */
export function isLatestImage(image: string): boolean {
  const at = image.indexOf('@');
  const name = at < 0 ? image : image.slice(0, at);
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  if (colon >= 0) return name.slice(colon + 1) === 'latest';
  return at < 0;
}

/** The pull policy of an image that names none. */
export function defaultPullPolicy(image: string | undefined): string {
  return isLatestImage(image ?? '') ? 'Always' : 'IfNotPresent';
}
