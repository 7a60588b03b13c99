/** From this power of ten on, and below 10^-4, Go writes exponents. Source: strconv, FormatFloat with the shortest precision. */
const FIRST_EXPONENT = 6;

/** A double as Go's `%g` and `%v` write it: the shortest text that reads back as the same number. */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < FIRST_EXPONENT) return Number.isInteger(value) ? String(BigInt(value)) : value.toFixed(Math.max(0, (mantissa.replace('-', '').split('.')[1]?.length ?? 0) - power));
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
