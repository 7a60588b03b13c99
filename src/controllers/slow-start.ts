/**
 * Calls `act` for 0 to `count` - 1 in batches of 1, 2, 4, ... at a time. The first batch with a failure is the last: when pods are refused,
 * the API is not asked a thousand times for the same answer. Gives how many succeeded, and the first error.
 * Source: pkg/controller/replicaset, slowStartBatch.
 */
export async function slowStart(count: number, act: (index: number) => Promise<void>): Promise<{ succeeded: number; error: unknown }> {
  let succeeded = 0;
  for (let start = 0, size = 1; start < count; start += size, size *= 2) {
    const batch = Array.from({ length: Math.min(size, count - start) }, (_, index) => act(start + index));
    const results = await Promise.allSettled(batch);
    succeeded += results.filter(({ status }) => status === 'fulfilled').length;
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) return { succeeded, error: failed.reason as unknown };
  }
  return { succeeded, error: undefined };
}
