/** YAML as kubectl and the API server write it: keys sorted, lists not indented under their key, long lines folded at 80. Source: go-yaml v2's emitter. */
export function yamlText(value: unknown): string {
  return emit(value, 0, 'root');
}

const LINE_WIDTH = 80;

function emit(value: unknown, indent: number, place: 'root' | 'value' | 'item'): string {
  if (Array.isArray(value)) return emitList(value, indent, place);
  if (typeof value === 'object' && value !== null) return emitMap(value as Record<string, unknown>, indent, place);
  return `${place === 'value' ? ' ' : ''}${scalar(value, indent, 0)}\n`;
}

function emitMap(map: Record<string, unknown>, indent: number, place: 'root' | 'value' | 'item'): string {
  const keys = Object.keys(map).filter((key) => map[key] !== undefined).sort(compareKeys);
  if (keys.length === 0) return place === 'value' ? ' {}\n' : '{}\n';
  const pad = ' '.repeat(indent);
  let text = place === 'value' ? '\n' : '';
  keys.forEach((key, index) => {
    const value = map[key];
    const start = `${index === 0 && place === 'item' ? '' : pad}${keyText(key)}:`;
    if (Array.isArray(value)) text += start + emitList(value, indent, 'value');
    else if (typeof value === 'object' && value !== null) text += start + emitMap(value as Record<string, unknown>, indent + 2, 'value');
    else text += `${start} ${scalar(value, indent + 2, start.length + 1 + (index === 0 && place === 'item' ? indent : 0))}\n`;
  });
  return text;
}

function emitList(list: readonly unknown[], indent: number, place: 'root' | 'value' | 'item'): string {
  if (list.length === 0) return place === 'value' ? ' []\n' : '[]\n';
  const pad = ' '.repeat(indent);
  let text = place === 'value' ? '\n' : '';
  list.forEach((item, index) => {
    const start = `${index === 0 && place === 'item' ? '' : pad}- `;
    if (typeof item === 'object' && item !== null) text += start + emit(item, indent + 2, 'item');
    else text += `${start}${scalar(item, indent + 2, indent + 2)}\n`;
  });
  return text;
}

/** go-yaml sorts keys as people do: digits by value, letters before other signs. */
function compareKeys(a: string, b: string): number {
  const one = Array.from(a);
  const other = Array.from(b);
  for (let i = 0; i < one.length && i < other.length; i++) {
    const x = one[i] ?? '';
    const y = other[i] ?? '';
    if (x === y) continue;
    const isLetterX = /\p{L}/u.test(x);
    const isLetterY = /\p{L}/u.test(y);
    if (isLetterX && isLetterY) return x < y ? -1 : 1;
    if (isLetterX !== isLetterY) {
      const follows = i > 0 && /\d/.test(one[i - 1] ?? '');
      return follows === isLetterX ? -1 : 1;
    }
    const numberX = /^\d+/.exec(a.slice(i))?.[0];
    const numberY = /^\d+/.exec(b.slice(i))?.[0];
    if (numberX && numberY && Number(numberX) !== Number(numberY)) return Number(numberX) - Number(numberY);
    return x < y ? -1 : 1;
  }
  return one.length - other.length;
}

function keyText(key: string): string {
  if (key.includes('\n')) return doubleQuoted(key);
  return key === '' || needsQuotes(key) ? doubleQuoted(key) : plainOrQuoted(key);
}

function scalar(value: unknown, indent: number, column: number): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value !== 'string') return typeof value === 'number' ? numberText(value) : String(value as boolean);
  if (value.includes('\n') && !hasSpecialCharacters(value) && !/ \n/.test(value)) return literal(value, indent);
  if (value.includes('\n') || hasSpecialCharacters(value)) return fold(doubleQuoted(value), indent, column);
  if (needsQuotes(value)) return fold(doubleQuoted(value), indent, column);
  return fold(plainOrQuoted(value), indent, column);
}

function numberText(value: number): string {
  const text = String(value);
  return text.includes('e') ? text.replace(/e([-+])(\d)$/, 'e$10$2') : text;
}

const BOOLEANS_AND_NULLS = /^(?:|~|null|Null|NULL|y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF|<<|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const NUMBERS = /^(?:[-+]?(?:0b[01_]+|0x[\da-fA-F_]+|0o[0-7_]+|[\d][\d_]*)|[-+]?(?:\.\d[\d_]*|\d[\d_]*(?:\.[\d_]*)?)(?:[eE][-+]?\d+)?|[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?)$/;
const TIMESTAMPS = /^\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]|[ \t]+)\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d*)?(?:Z|[-+]\d{2}:?\d{0,2})?)?$/;

function needsQuotes(text: string): boolean {
  return BOOLEANS_AND_NULLS.test(text) || NUMBERS.test(text) || TIMESTAMPS.test(text);
}

function hasSpecialCharacters(text: string): boolean {
  return /[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/.test(text);
}

/** Plain where YAML can read that back, single quotes where it cannot. */
function plainOrQuoted(text: string): string {
  const isBad = /^[-?:](?:\s|$)|^[,[\]{}#&*!|>'"%@`]|^(?:---|\.\.\.)|:(?:\s|$)|\s#|^\s|\s$/.test(text);
  return isBad ? `'${text.replaceAll("'", "''")}'` : text;
}

function doubleQuoted(text: string): string {
  const escaped = text.replace(/["\\]|[^\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/gu, (one) => {
    const short: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r', '\0': '\\0', '\x07': '\\a', '\b': '\\b', '\x0b': '\\v', '\f': '\\f', '\x1b': '\\e', '\ufeff': '\\uFEFF' };
    const code = one.codePointAt(0) ?? 0;
    return short[one] ?? (code <= 0xff ? `\\x${hex(code, 2)}` : code <= 0xffff ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`);
  });
  return `"${escaped}"`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).toUpperCase().padStart(digits, '0');
}

/** A line is broken at the first single space after column 80. */
function fold(text: string, indent: number, column: number): string {
  if (column + text.length <= LINE_WIDTH) return text;
  let folded = '';
  let at = column;
  for (let i = 0; i < text.length; i++) {
    const isBreak = text[i] === ' ' && at > LINE_WIDTH && i > 1 && i < text.length - 2 && text[i + 1] !== ' ' && text[i - 1] !== ' ';
    if (isBreak) {
      folded += `\n${' '.repeat(indent)}`;
      at = indent;
    } else {
      folded += text[i];
      at++;
    }
  }
  return folded;
}

function literal(text: string, indent: number): string {
  const lines = text.split('\n');
  const chomp = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : '';
  if (text.endsWith('\n')) lines.pop();
  const hint = /^[ \n]/.test(text) ? '2' : '';
  return `|${hint}${chomp}\n${lines.map((line) => (line === '' ? '' : ' '.repeat(indent) + line)).join('\n')}`;
}
