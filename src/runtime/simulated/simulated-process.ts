/** What the main process of a simulated container does: how long it lives, and with what it ends. */
export interface SimulatedProcess {
  /** Undefined: until it is stopped. */
  readonly runMs?: number;
  readonly exitCode: number;
  /** The exit code on SIGTERM; undefined: it ignores it and is killed when the grace period ends. */
  readonly exitCodeOnTerm?: number;
}

const RUNS_ON: SimulatedProcess = { exitCode: 0, exitCodeOnTerm: 143 };

/**
 * Understands what tests and examples run: `true`, `false`, `sleep N`, `sh -c "[sleep N;] exit N"`. Everything else runs until it is stopped.
 */
export function simulateCommand(commandLine: readonly string[]): SimulatedProcess {
  const [name = '', ...rest] = commandLine;
  const program = name.slice(name.lastIndexOf('/') + 1);
  if (program === 'true') return { runMs: 0, exitCode: 0 };
  if (program === 'false') return { runMs: 0, exitCode: 1 };
  if (program === 'sleep') return sleeping(rest[0] ?? '');
  if ((program === 'sh' || program === 'ash' || program === 'bash') && rest[0] === '-c') return simulateScript(rest[1] ?? '');
  return RUNS_ON;
}

function sleeping(duration: string): SimulatedProcess {
  const seconds = Number(duration);
  return Number.isFinite(seconds) ? { runMs: seconds * 1000, exitCode: 0, exitCodeOnTerm: 143 } : RUNS_ON;
}

function simulateScript(script: string): SimulatedProcess {
  let runMs = 0;
  for (const statement of script.split(/;|&&|\n/).map((part) => part.trim())) {
    const [word = '', argument = ''] = statement.split(/\s+/);
    if (word === 'exit') return { runMs, exitCode: Number(argument) || 0, exitCodeOnTerm: 143 };
    if (word === 'true' || word === 'echo' || word === '') continue;
    if (word === 'false') return { runMs, exitCode: 1 };
    if (word !== 'sleep' || !Number.isFinite(Number(argument))) return RUNS_ON;
    runMs += Number(argument) * 1000;
  }
  return { runMs, exitCode: 0, exitCodeOnTerm: 143 };
}
