/** A selector that cannot be read; the message is Kubernetes' own. The server answers 400 with it. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}
