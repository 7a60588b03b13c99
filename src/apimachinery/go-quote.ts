const NAMED: Readonly<Record<string, string>> = { '\u0007': '\\a', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v', '"': '\\"', '\\': '\\\\' };

/** A text as Go's `%q` prints it: what cannot be printed is escaped. Source: strconv.Quote. */
export function goQuote(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return JSON.stringify(text);
  return `"${Array.from(text.toWellFormed(), quotedCharacter).join('')}"`;
}

function quotedCharacter(character: string): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  if (character === ' ' || /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x1_0000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}
