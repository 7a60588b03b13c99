/** A container cannot be started as it is described; `reason` is what its waiting state says. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';
  readonly reason: string;

  constructor(message: string, reason = 'CreateContainerConfigError') {
    super(message);
    this.reason = reason;
  }
}
