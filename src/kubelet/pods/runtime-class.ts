import { runtimeClasses } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { StatusError } from '../../apimachinery/status.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { Client } from '../../client/index.ts';
import type { RuntimeHandler } from '../../runtime/index.ts';

/** The runtime class of a pod cannot be had: its sandbox is not made. */
export class RuntimeClassError extends Error {
  override readonly name = 'RuntimeClassError';
}

/** Throws `RuntimeClassError` where the runtime cannot give a pod users of its own. */
export function checkUserNamespaces(pod: DeepReadonly<Pod>, handler: string, handlers: readonly RuntimeHandler[]): void {
  if (pod.spec.hostUsers !== false || handlers.some(({ name, features }) => name === handler && features?.userNamespaces === true)) return;
  throw new RuntimeClassError(`RuntimeClass handler ${JSON.stringify(handler)} does not support user namespaces`);
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
