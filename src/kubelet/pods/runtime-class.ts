import { runtimeClasses } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { StatusError } from '../../apimachinery/status.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { Client } from '../../client/index.ts';

/** The runtime class of a pod cannot be had: its sandbox is not made. */
export class RuntimeClassError extends Error {
  override readonly name = 'RuntimeClassError';
}

/** The handler that a pod's sandbox is to be made with; empty for the runtime's default. Asked for once a sandbox, which is rare. Throws `RuntimeClassError`. */
export async function runtimeHandlerOf(client: Client, pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<string> {
  const { runtimeClassName } = pod.spec;
  if (!runtimeClassName) return '';
  try {
    return (await client.resource(runtimeClasses).get(runtimeClassName, { signal })).handler;
  } catch (error) {
    if (!StatusError.is(error)) throw error;
    throw new RuntimeClassError(`failed to get sandbox runtime: ${error.message}`, { cause: error });
  }
}
