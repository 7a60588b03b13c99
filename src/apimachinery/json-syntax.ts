/** What Go's JSON reader says of a text that is no JSON. Source: encoding/json, scanner. */
export function jsonSyntaxMessage(text: string): string {
  return new Scanner(text).check() ?? 'invalid character';
}

const LITERALS: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  check(): string | undefined {
    try {
      this.#value('looking for beginning of value');
      this.#space();
      if (this.#at < this.#text.length) this.#fail('after top-level value');
      return undefined;
    } catch (error) {
      if (error instanceof SyntaxError) return error.message;
      throw error;
    }
  }

  #fail(context: string): never {
    const character = this.#text[this.#at];
    if (character === undefined) throw new SyntaxError('unexpected end of JSON input');
    const shown = character === "'" ? "'\\''" : character === '"' ? `'"'` : `'${escaped(character)}'`;
    throw new SyntaxError(`invalid character ${shown} ${context}`);
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #value(context: string): void {
    this.#space();
    const character = this.#text[this.#at];
    if (character === '{') this.#object();
    else if (character === '[') this.#array();
    else if (character === '"') this.#string();
    else if (character !== undefined && LITERALS[character] !== undefined) this.#literal(LITERALS[character]);
    else if (character !== undefined && /[-0-9]/.test(character)) this.#number();
    else this.#fail(context);
  }

  #object(): void {
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === '}') {
      this.#at++;
      return;
    }
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') this.#fail('looking for beginning of object key string');
      this.#string();
      this.#space();
      if (this.#text[this.#at] !== ':') this.#fail('after object key');
      this.#at++;
      this.#value('looking for beginning of value');
      this.#space();
      const next = this.#text[this.#at];
      if (next !== ',' && next !== '}') this.#fail('after object key:value pair');
      this.#at++;
      if (next === '}') return;
    }
  }

  #array(): void {
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === ']') {
      this.#at++;
      return;
    }
    for (;;) {
      this.#value('looking for beginning of value');
      this.#space();
      const next = this.#text[this.#at];
      if (next !== ',' && next !== ']') this.#fail('after array element');
      this.#at++;
      if (next === ']') return;
    }
  }

  #string(): void {
    this.#at++;
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined) this.#fail('');
      if (character === '"') break;
      if (character.charCodeAt(0) < 0x20) this.#fail('in string literal');
      this.#at++;
      if (character !== '\\') continue;
      const escape = this.#text[this.#at];
      if (escape === undefined || !/["\\/bfnrtu]/.test(escape)) this.#fail('in string escape code');
      this.#at++;
      if (escape !== 'u') continue;
      for (let i = 0; i < 4; i++, this.#at++) if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? '')) this.#fail('in \\u hexadecimal character escape');
    }
    this.#at++;
  }

  #literal(word: string): void {
    for (let i = 0; i < word.length; i++, this.#at++) {
      if (this.#text[this.#at] !== word[i]) this.#fail(`in literal ${word} (expecting '${word[i]}')`);
    }
  }

  #number(): void {
    if (this.#text[this.#at] === '-') {
      this.#at++;
      if (!/[0-9]/.test(this.#text[this.#at] ?? '')) this.#fail('in numeric literal');
    }
    if (this.#text[this.#at] === '0') this.#at++;
    else this.#digits();
    if (this.#text[this.#at] === '.') {
      this.#at++;
      if (!/[0-9]/.test(this.#text[this.#at] ?? '')) this.#fail('after decimal point in numeric literal');
      this.#digits();
    }
    if (/[eE]/.test(this.#text[this.#at] ?? '')) {
      this.#at++;
      if (/[-+]/.test(this.#text[this.#at] ?? '')) this.#at++;
      if (!/[0-9]/.test(this.#text[this.#at] ?? '')) this.#fail('in exponent of numeric literal');
      this.#digits();
    }
  }

  #digits(): void {
    while (/[0-9]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  if (character === '\r') return '\\r';
  if (character === '\\') return '\\\\';
  return code < 0x20 ? `\\x${code.toString(16).padStart(2, '0')}` : character;
}
