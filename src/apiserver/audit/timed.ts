import type { Clock } from '../../base/clock.ts';
import type { AuditTrail } from './event.ts';

/** Tells the trail, if there is one, how long `work` takes. */
export function timed<T>(trail: AuditTrail | undefined, layer: string, work: Promise<T>, clock: Clock): Promise<T> {
  return trail ? told(trail, layer, work, clock) : work;
}

async function told<T>(trail: AuditTrail, layer: string, work: Promise<T>, clock: Clock): Promise<T> {
  const startMs = clock.monotonic();
  try {
    return await work;
  } finally {
    trail.took(layer, clock.monotonic() - startMs);
  }
}
