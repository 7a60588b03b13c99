import type { Clock } from '../../base/clock.ts';
import { isAbort, untilAborted } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import { inhibitShutdown, type InhibitorLock } from './inhibitor.ts';
import { Logind, type LogindOptions } from './logind.ts';
import type { ShutdownManager } from './shutdown-manager.ts';

/** Source: pkg/kubelet/nodeshutdown, dbusReconnectPeriod. */
const RECONNECT_MS = 1000;

export interface FollowLogindOptions {
  readonly logind: LogindOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly manager: ShutdownManager;
}

/** Holds shutdowns of the machine up until the pods have ended. Begins anew when logind does. Ends with the signal. */
export async function followLogind(options: FollowLogindOptions, signal: AbortSignal): Promise<void> {
  const { clock, logger } = options;
  for (let isTold = false; ; ) {
    try {
      await followOnce(options, () => (isTold = false), signal);
    } catch (error) {
      if (isAbort(error, signal)) throw error;
      if (!isTold) logger.warn('no shutdown of this machine waits for its pods', { error: (error as Error).message });
      isTold = true;
    }
    await clock.sleep(RECONNECT_MS, signal);
  }
}

async function followOnce({ logind: where, clock, logger, manager }: FollowLogindOptions, onHeld: () => void, signal: AbortSignal): Promise<void> {
  /** In the order in which they come. */
  const coming: boolean[] = [];
  let next = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<never>();
  closed.promise.catch(() => undefined);
  using logind = new Logind(where, {
    clock,
    onShutdown: (isComing) => {
      coming.push(isComing);
      next.resolve();
    },
    onClose: () => closed.reject(new Error('the connection to logind broke')),
  });
  await logind.open();
  await logind.allowDelay(manager.seconds, signal);
  let lock: InhibitorLock | undefined = await inhibitShutdown(where.busSocket, signal);
  try {
    logger.info('shutdowns of this machine wait for its pods', { seconds: manager.seconds });
    onHeld();
    for (;;) {
      await untilAborted(Promise.race([next.promise, closed.promise]), signal);
      next = Promise.withResolvers<void>();
      for (let isComing = coming.shift(); isComing !== undefined; isComing = coming.shift()) {
        if (isComing) await manager.shutDown(signal);
        else manager.cancel();
        await lock?.[Symbol.asyncDispose]();
        lock = isComing ? undefined : await inhibitShutdown(where.busSocket, signal);
      }
    }
  } finally {
    await lock?.[Symbol.asyncDispose]();
  }
}
