/**
 * A whole number, or that percentage of `total`, rounded as said. Throws RangeError for a text that is no percentage.
 * Source: apimachinery util/intstr, GetScaledValueFromIntOrPercent.
 */
export function intOrPercent(value: number | string, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  if (percent === undefined) throw new RangeError(`invalid value for IntOrString: invalid type: string is not a percentage: ${JSON.stringify(value)}`);
  const scaled = (Number(percent) * total) / 100;
  return round === 'up' ? Math.ceil(scaled) : Math.floor(scaled);
}
