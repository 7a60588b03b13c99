import { hasReason } from '../apimachinery/status.ts';
import type { CommandContext } from './command.ts';
import { CommandError } from './errors.ts';
import type { ApiResource } from './resources/rest-mapper.ts';

const POLL_MS = 100;

/** Waits until the object of this identity is gone; `timeoutMs` 0 is a week. Throws on time-out. */
export async function waitUntilGone(context: CommandContext, info: { readonly resource: ApiResource; readonly namespace: string | undefined; readonly name: string; readonly uid: string | undefined }, timeoutMs: number): Promise<void> {
  const { connection, io } = context;
  const end = io.clock.monotonic() + (timeoutMs > 0 ? timeoutMs : 7 * 24 * 3600 * 1000);
  for (;;) {
    try {
      const found = await connection.get(info.resource, info.namespace, info.name);
      if (info.uid !== undefined && found.metadata.uid !== info.uid) return;
    } catch (error) {
      if (hasReason(error, 'NotFound')) return;
      throw error;
    }
    if (io.clock.monotonic() >= end) throw new CommandError(`timed out waiting for the condition on ${info.resource.resource}/${info.name}`);
    await io.clock.sleep(POLL_MS, io.signal);
  }
}
