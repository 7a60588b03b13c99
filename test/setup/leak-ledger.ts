import type { StartedTask } from '../../src/base/lifecycle.ts';

/** Kinds of resource that somebody has to close; the names are those of `async_hooks`. */
const WATCHED = new Set(['Timeout', 'Immediate', 'TCPWRAP', 'TCPSERVERWRAP', 'PIPEWRAP', 'PIPESERVERWRAP', 'UDPWRAP', 'TTYWRAP', 'PROCESSWRAP', 'FSEVENTWRAP', 'STATWATCHER', 'WORKER']);
/** Made by Node itself on behalf of a caller who has no way to close it: idle connections of `fetch`, the timer of `AbortSignal.timeout`. */
const UNCLOSABLE = ['node:internal/deps/undici', 'AbortSignal.timeout', 'node:internal/test_runner'];
/** A server that listens on a named address is made once its name is looked up, on no stack of ours. */
const ALWAYS_OURS = new Set(['TCPSERVERWRAP', 'PIPESERVERWRAP']);
const FRAMES = 16;

/** What the tests of a file have opened and not closed, each with the lines of the project that opened it. */
export class LeakLedger {
  readonly #open = new Map<number, { type: string; stack: string }>();
  readonly #tasks = new Map<Promise<void>, string>();

  opened(id: number, type: string): void {
    if (!WATCHED.has(type)) return;
    const stack = stackHere();
    const [first] = ours(stack);
    if (first === undefined && !ALWAYS_OURS.has(type)) return;
    const before = first === undefined ? '' : stack.slice(0, stack.indexOf(first));
    if (!UNCLOSABLE.some((text) => before.includes(text))) this.#open.set(id, { type, stack });
  }

  closed(id: number): void {
    this.#open.delete(id);
  }

  started({ running }: StartedTask): void {
    this.#tasks.set(running, stackHere());
    void running.then(() => this.#tasks.delete(running));
  }

  open(): string[] {
    const resources = [...this.#open.values()].map(({ type, stack }) => `  ${type}\n${ours(stack).join('\n')}`);
    return [...resources, ...[...this.#tasks.values()].map((stack) => `  a task that has not settled\n${ours(stack).join('\n')}`)];
  }
}

function stackHere(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const { stack = '' } = new Error('opened here');
  Error.stackTraceLimit = limit;
  return stack;
}

/** The lines of a stack that are the project's own, this folder apart. */
function ours(stack: string): string[] {
  return stack.split('\n').filter((line) => line.includes('file://') && !line.includes('/node_modules/') && !line.includes('/test/setup/'));
}
