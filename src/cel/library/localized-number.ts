/** Doubles as Go's golang.org/x/text writes them for en-US: with commas between thousands, and powers of ten. */

const SUPERSCRIPTS = ['\u2070', '\u00b9', '\u00b2', '\u00b3', '\u2074', '\u2075', '\u2076', '\u2077', '\u2078', '\u2079'];
const SUPERSCRIPT_MINUS = '\u207b';
const NARROW_SPACE = '\u202f';
const MIN_EXPONENT_DIGITS = 2;
/** As many as JavaScript gives: enough to show every tie. */
const MOST_DIGITS = 100;

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return undefined;
  return value > 0 ? '\u221e' : '-\u221e';
}

/** What lies half-way is rounded to an even digit, which JavaScript rounds up. */
function rounded(value: number, digits: number): string {
  const text = value >= 1e21 ? `${BigInt(value)}${digits > 0 ? `.${'0'.repeat(digits)}` : ''}` : value.toFixed(Math.min(digits, MOST_DIGITS));
  if (digits >= MOST_DIGITS || value >= 1e21) return text;
  const exact = value.toFixed(MOST_DIGITS);
  const end = exact.indexOf('.') + (digits === 0 ? 0 : digits + 1);
  const isTie = /^\.?50*$/.test(exact.slice(end));
  const down = exact.slice(0, end);
  return isTie && Number(down.at(-1)) % 2 === 0 ? down : text;
}

/** `digits` after the point: `1,234.500000`. */
export function fixedPoint(value: number, digits: number): string {
  const named = special(value);
  if (named !== undefined) return named;
  const [whole = '', part] = rounded(Math.abs(value), digits).split('.');
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${part === undefined ? '' : `.${part}`}`;
}

/** `1.052033 × 10³` with narrow spaces, and two digits in the exponent at least. */
export function scientific(value: number, digits: number): string {
  const named = special(value);
  if (named !== undefined) return named;
  const [mantissa = '', power = '0'] = value.toExponential(digits).split('e');
  const exponent = Number(power);
  const raised = Array.from(String(Math.abs(exponent)).padStart(MIN_EXPONENT_DIGITS, '0'), (digit) => SUPERSCRIPTS[Number(digit)]).join('');
  return `${mantissa}${NARROW_SPACE}\u00d7${NARROW_SPACE}10${exponent < 0 ? SUPERSCRIPT_MINUS : ''}${raised}`;
}
