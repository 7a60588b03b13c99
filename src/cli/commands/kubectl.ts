import { runKubectl } from '../../kubectl/index.ts';
import { commandContext } from '../context.ts';

/** As programs that SIGPIPE ends: whoever read the output has had enough of it (`| head`). */
const BROKEN_PIPE = 141;

function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(BROKEN_PIPE);
  throw error;
}

/** Runs the package's kubectl with the streams and signals of this process; resolves with its exit code. */
export async function kubectl(argv: readonly string[]): Promise<number> {
  using context = commandContext({ level: 'error' });
  const { clock, random, signal } = context;
  process.stdout.on('error', endQuietly);
  return runKubectl(argv, { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env, clock, random, signal });
}
