const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** Whether a text of JSON has more keys than the value that was read from it: only then is `duplicateFields` worth its time. */
export function hasDuplicateKeys(text: string, parsed: unknown): boolean {
  return countColons(text) !== countKeys(parsed);
}

/** Outside of strings, of which only the ends are looked for. */
function countColons(text: string): number {
  let colons = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfString(text, i);
    else if (code === COLON) colons++;
  }
  return colons;
}

/** Where the string that begins at `start` has its closing quote: one behind an even number of backslashes. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let first = end;
    while (text.charCodeAt(first - 1) === BACKSLASH) first--;
    if ((end - first) % 2 === 0) return end;
  }
  return text.length;
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value) keys += countKeys(item);
    return keys;
  }
  for (const key in value) keys += 1 + countKeys((value as Record<string, unknown>)[key]);
  return keys;
}

/**
 * The keys that an object of valid JSON holds twice, each once, in the order of the text: `duplicate field "spec.replicas"`. Reports of `unknown` fields
 * (`unknown field "spec.x"`) are put among them where their fields stand; what is inside of such a field is not looked at. Source: sigs.k8s.io/json.
 */
export function duplicateFields(text: string, unknown: readonly string[] = []): string[] {
  const found = new Set<string>();
  const isUnknown = new Set(unknown);
  const tokens = text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g);
  interface Level { path: string; keys: Set<string> | undefined; index: number; key: string; wantsKey: boolean }
  const levels: Level[] = [];
  let skipped = Infinity; // inside of an unknown field: how deep that field lies
  const pathOfValue = (): string => {
    const top = levels.at(-1);
    if (!top) return '';
    if (!top.keys) return `${top.path}[${top.index}]`;
    return top.path === '' ? top.key : `${top.path}.${top.key}`;
  };
  for (const [token] of tokens) {
    const top = levels.at(-1);
    if (token === '{') levels.push({ path: pathOfValue(), keys: new Set(), index: 0, key: '', wantsKey: true });
    else if (token === '[') levels.push({ path: pathOfValue(), keys: undefined, index: 0, key: '', wantsKey: false });
    else if (token === '}' || token === ']') {
      levels.pop();
      if (levels.length < skipped) skipped = Infinity;
    }
    else if (token === ',' && top) {
      top.index++;
      top.wantsKey = top.keys !== undefined;
    } else if (top?.wantsKey && top.keys && token.startsWith('"')) {
      top.key = JSON.parse(token) as string;
      top.wantsKey = false;
      const isAgain = top.keys.has(top.key);
      top.keys.add(top.key);
      if (levels.length > skipped) continue;
      const path = JSON.stringify(pathOfValue());
      const isStrange = isUnknown.has(`unknown field ${path}`);
      skipped = isStrange ? levels.length : Infinity;
      if (isStrange) found.add(`unknown field ${path}`);
      else if (isAgain) found.add(`duplicate field ${path}`);
    }
  }
  for (const report of unknown) found.add(report);
  return [...found];
}
