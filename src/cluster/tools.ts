import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';

/** What every part of a cluster is made with; chosen once, by whoever starts it. */
export interface ClusterTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}
