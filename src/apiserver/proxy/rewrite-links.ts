/** Links of pages that come through a proxy: those to the same host must lead through the proxy again. Source: apimachinery pkg/util/proxy/transport.go. */

export interface ProxiedPage {
  /** The page as the server behind the proxy has it. */
  readonly url: URL;
  /** The Host header of the client's request. */
  readonly requestHost: string;
  /** What stands before the page's path in the path of the proxy: `/api/v1/namespaces/default/pods/web/proxy`. */
  readonly prefix: string;
}

/** Attributes that hold URLs, by the names of elements. */
const URL_ATTRIBUTES: ReadonlyMap<string, ReadonlySet<string>> = new Map(Object.entries({
  a: 'href', applet: 'codebase', area: 'href', audio: 'src', base: 'href', blockquote: 'cite', body: 'background', button: 'formaction', command: 'icon', del: 'cite', embed: 'src',
  form: 'action', frame: 'longdesc src', head: 'profile', html: 'manifest', iframe: 'longdesc src', img: 'longdesc src usemap', input: 'src usemap formaction', ins: 'cite', link: 'href',
  object: 'classid codebase data usemap', q: 'cite', script: 'src', source: 'src', video: 'poster src',
}).map(([element, names]) => [element, new Set(names.split(' '))]));

/** What is in these is text, whatever it looks like. */
const RAW_TEXT: ReadonlySet<string> = new Set(['script', 'style', 'textarea', 'title', 'xmp', 'iframe', 'noembed', 'noframes', 'plaintext']);

/** A link as it must be through the proxy. Relative ones and those to other hosts stay. */
export function rewriteUrl(target: string, { url, requestHost, prefix }: ProxiedPage): string {
  const [, scheme = '', authority, path = '', rest = ''] = /^([a-z][a-z0-9+.-]*:)?(?:\/\/([^/?#]*))?([^?#]*)(.*)$/is.exec(target) ?? [];
  const host = authority?.slice(authority.lastIndexOf('@') + 1) ?? '';
  if ((host !== '' && host !== url.host && host !== requestHost) || !path.startsWith('/')) return target;
  const start = host !== '' && host === requestHost ? `${scheme}//${host}` : '';
  if (path.startsWith(prefix)) return start + path + rest;
  return start + joined(prefix, path) + rest;
}

function joined(prefix: string, path: string): string {
  const parts = `${prefix}/${path}`.split('/').filter((part) => part !== '' && part !== '.');
  const kept: string[] = [];
  for (const part of parts) {
    if (part === '..') kept.pop();
    else kept.push(part);
  }
  return `/${kept.join('/')}${path.endsWith('/') && kept.length > 0 ? '/' : ''}`;
}

/** The page with its links rewritten; all else stays byte for byte. Takes time in proportion to the page's length, whatever is in it. */
export function rewriteHtml(html: string, rewrite: (target: string) => string): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at)) {
    if (html.startsWith('<!--', at)) {
      at = endOf(html, '-->', at + 4);
      continue;
    }
    const element = /^[a-z][a-z0-9]*/i.exec(html.slice(at + 1, at + 32))?.[0].toLowerCase();
    if (element === undefined) {
      at += 1;
      continue;
    }
    const tag = new TagScanner(html, at + 1 + element.length);
    const attributes = URL_ATTRIBUTES.get(element);
    for (let next = tag.attribute(); next; next = tag.attribute()) {
      if (!attributes?.has(next.name)) continue;
      parts.push(html.slice(from, next.start), escaped(rewrite(unescaped(next.value)), next.quote));
      from = next.end;
    }
    at = RAW_TEXT.has(element) ? endOfRaw(html, element, tag.position) : tag.position;
  }
  parts.push(html.slice(from));
  return parts.join('');
}

interface Attribute {
  readonly name: string;
  readonly value: string;
  readonly quote: string;
  /** Where the value stands, without its quotes. */
  readonly start: number;
  readonly end: number;
}

/** Reads the attributes of one tag. */
class TagScanner {
  readonly #html: string;
  position: number;

  constructor(html: string, position: number) {
    this.#html = html;
    this.position = position;
  }

  /** The next attribute that has a value; undefined at the end of the tag. */
  attribute(): Attribute | undefined {
    for (;;) {
      this.#skip(/[\s/]/);
      const char = this.#html[this.position];
      if (char === undefined || char === '>') {
        this.position += 1;
        return undefined;
      }
      const start = this.position;
      this.position += 1; // even a name that begins with `=`
      this.#skip(/[^\s=>/]/);
      const name = this.#html.slice(start, this.position).toLowerCase();
      this.#skip(/\s/);
      if (this.#html[this.position] !== '=') continue;
      this.position += 1;
      this.#skip(/\s/);
      return { name, ...this.#value() };
    }
  }

  #value(): Omit<Attribute, 'name'> {
    const quote = this.#html[this.position];
    if (quote === '"' || quote === "'") {
      const start = this.position + 1;
      const found = this.#html.indexOf(quote, start);
      const end = found < 0 ? this.#html.length : found;
      this.position = end + 1;
      return { value: this.#html.slice(start, end), quote, start, end };
    }
    const start = this.position;
    this.#skip(/[^\s>]/);
    return { value: this.#html.slice(start, this.position), quote: '', start, end: this.position };
  }

  #skip(which: RegExp): void {
    for (let char = this.#html[this.position]; char !== undefined && which.test(char); char = this.#html[this.position]) this.position += 1;
  }
}

function endOf(html: string, text: string, from: number): number {
  const found = html.indexOf(text, from);
  return found < 0 ? html.length : found + text.length;
}

function endOfRaw(html: string, element: string, from: number): number {
  const closing = new RegExp(`</${element}`, 'gi');
  closing.lastIndex = from;
  return closing.exec(html)?.index ?? html.length;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replaceAll(/&(amp|lt|gt|quot|apos|#34|#39);/g, (_, name: string) => ENTITIES[name] ?? (name === '#34' ? '"' : "'"));
}

function escaped(text: string, quote: string): string {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&#34;').replaceAll("'", '&#39;');
  return quote === '' ? `"${safe}"` : safe;
}
