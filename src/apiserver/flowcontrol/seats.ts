import type { PriorityLevelConfiguration } from '../../api/generated/flowcontrol-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';

/** How many requests of a level may run at once. */
export interface SeatLimits {
  /** Its own share. */
  readonly nominal: number;
  /** With what other levels leave unused. */
  readonly most: number;
}

function sharesOf({ spec }: DeepReadonly<PriorityLevelConfiguration>): number {
  return spec?.type === 'Exempt' ? (spec.exempt?.nominalConcurrencyShares ?? 0) : (spec?.limited?.nominalConcurrencyShares ?? 30);
}

/** The server's `total` seats, by the names of the levels. Source: "API Priority and Fairness", Prioritization. */
export function seatLimits(levels: readonly DeepReadonly<PriorityLevelConfiguration>[], total: number): Map<string, SeatLimits> {
  const sum = levels.reduce((shares, level) => shares + sharesOf(level), 0);
  return new Map(levels.map((level) => {
    const nominal = sum === 0 ? total : Math.ceil((total * sharesOf(level)) / sum);
    const percent = level.spec?.limited?.borrowingLimitPercent;
    return [level.metadata.name, { nominal, most: percent === undefined ? Math.max(total, nominal) : nominal + Math.round((nominal * percent) / 100) }];
  }));
}
