import { statfsSync } from 'node:fs';
import type { Clock } from '../../base/clock.ts';

/** So much must be free before anything is written, besides what is written: for the tables' pages, and for what others write to the disk meanwhile. */
const RESERVE_BYTES = 12 * 2 ** 20;
/** A full disk has room again once so much is free. */
const ROOM_BYTES = 16 * 2 ** 20;
const CHECK_MS = 500;

/**
 * Throws Error when `bytes` should not be written to the disk of a folder. It is asked before each transaction and not learnt from a failure: LMDB's binding breaks
 * its own memory when a page of a large value does not fit on the disk (lmdb 3.5, "munmap_chunk(): invalid pointer").
 */
export function checkRoom(folder: string, bytes: number): void {
  const free = freeBytes(folder);
  if (free < RESERVE_BYTES + 2 * bytes) throw new Error(`no space left on the disk: ${free} bytes are free`);
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Whether the disk of a folder was full, and has room again. */
export class DiskRoom {
  readonly #folder: string;
  readonly #clock: Clock;
  /** Why nothing can be written, and when that was seen last. */
  #full: { readonly error: Error; checkedMs: number } | undefined;

  constructor(folder: string, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  /** Something could not be written. */
  fail(error: Error): void {
    this.#full = { error, checkedMs: this.#clock.monotonic() };
  }

  /** Something was written. */
  succeed(): void {
    this.#full = undefined;
  }

  /** Why nothing can be written now; undefined: it can, or there is room again. */
  get error(): Error | undefined {
    const full = this.#full;
    if (!full) return undefined;
    const nowMs = this.#clock.monotonic();
    if (nowMs - full.checkedMs < CHECK_MS) return full.error;
    full.checkedMs = nowMs;
    if (freeBytes(this.#folder) < ROOM_BYTES) return full.error;
    this.#full = undefined;
    return undefined;
  }
}
