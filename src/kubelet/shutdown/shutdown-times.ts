import { readFile, writeFile } from 'node:fs/promises';
import { formatTime, parseTime } from '../../apimachinery/time.ts';

/** When the last shutdown of the node began to end its pods, and was done with it; kept over restarts. Source: pkg/kubelet/nodeshutdown, storage. */
export class ShutdownTimes {
  readonly #path: string | undefined;
  #startMs: number | undefined;
  #endMs: number | undefined;

  /** Undefined: lost with the process. */
  constructor(path: string | undefined) {
    this.#path = path;
  }

  get startMs(): number | undefined {
    return this.#startMs;
  }

  get endMs(): number | undefined {
    return this.#endMs;
  }

  async load(): Promise<void> {
    const text = this.#path === undefined ? undefined : await readFile(this.#path, 'utf8').catch(() => undefined);
    const { startTime, endTime } = parsed(text);
    this.#startMs = startTime;
    this.#endMs = endTime;
  }

  begin(nowMs: number): Promise<void> {
    this.#startMs = nowMs;
    this.#endMs = undefined;
    return this.#save();
  }

  end(nowMs: number): Promise<void> {
    this.#endMs = nowMs;
    return this.#save();
  }

  /** A disk that takes nothing more is no reason to let pods die without grace. */
  async #save(): Promise<void> {
    if (this.#path === undefined) return;
    const times = { ...(this.#startMs !== undefined && { startTime: formatTime(this.#startMs) }), ...(this.#endMs !== undefined && { endTime: formatTime(this.#endMs) }) };
    await writeFile(this.#path, JSON.stringify(times)).catch(() => undefined);
  }
}

/** What cannot be read was cut off by the end of the machine. */
function parsed(text: string | undefined): { startTime?: number; endTime?: number } {
  try {
    const found = JSON.parse(text ?? '{}') as Record<string, unknown>;
    const read = (name: 'startTime' | 'endTime'): { [key in typeof name]?: number } => (typeof found[name] === 'string' ? { [name]: parseTime(found[name]) } : {});
    return { ...read('startTime'), ...read('endTime') };
  } catch {
    return {};
  }
}
