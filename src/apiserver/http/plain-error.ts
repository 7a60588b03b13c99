/** A request that is answered by a text alone: the message is the whole answer. */
export class PlainError extends Error {
  override readonly name: string = 'PlainError';
  readonly code: 400 | 500;

  constructor(message: string, code: 400 | 500, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
