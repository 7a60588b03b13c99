import { SystemClock, type Clock } from '../base/clock.ts';
import { AbortError } from '../base/lifecycle.ts';
import { TextLogger, type Logger, type LogLevel } from '../base/logger.ts';
import { SystemRandom, type Random } from '../base/random.ts';

/** What a command works with: the system's clock and chance, a log on stderr, and a signal that Ctrl-C or SIGTERM aborts. */
export interface CommandContext extends Disposable {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export function commandContext(options: { level?: LogLevel } = {}): CommandContext {
  const clock = new SystemClock();
  const controller = new AbortController();
  const stop = (): void => controller.abort(new AbortError('interrupted'));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return {
    clock,
    random: new SystemRandom(),
    logger: new TextLogger({ clock, level: options.level ?? 'info', write: (line) => process.stderr.write(`${line}\n`) }),
    signal: controller.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}

/** The command line that runs this very program again. */
export function thisProgram(): string[] {
  return [process.execPath, ...process.execArgv, process.argv[1] ?? ''];
}
