/** A claim, or its class, that no allocation can be worked out for: a selector that fails, a pool that is being changed. Pods that need it are tried again, and told of it. */
export class AllocationError extends Error {
  override readonly name = 'AllocationError';
}
