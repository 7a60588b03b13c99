import { runKubectl } from '../../kubectl/index.ts';
import { commandContext } from '../context.ts';

/** Runs the package's kubectl with the streams and signals of this process; resolves with its exit code. */
export async function kubectl(argv: readonly string[]): Promise<number> {
  using context = commandContext({ level: 'error' });
  const { clock, random, signal } = context;
  return runKubectl(argv, { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env, clock, random, signal });
}
