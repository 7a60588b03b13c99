const MAX_TOTAL = 4096;
const MAX_TEXT = 256;

/** `Warning` headers: each text once, quoted, shortened when all together grow too long. Source: apiserver pkg/endpoints/filters/warning.go. */
export function warningHeaders(texts: readonly string[]): string[] {
  const unique = [...new Set(texts)];
  const headers = unique.map(headerOf);
  const total = headers.reduce((sum, header) => sum + header.length, 0);
  if (total <= MAX_TOTAL) return headers;
  const shortened: string[] = [];
  let used = 0;
  for (const text of unique) {
    const header = headerOf(text.slice(0, MAX_TEXT));
    if (used + header.length > MAX_TOTAL) break;
    used += header.length;
    shortened.push(header);
  }
  return shortened;
}

function headerOf(text: string): string {
  const clean = text.replace(/\p{Cc}/gu, ' ');
  const latin = Buffer.from(clean, 'utf8').toString('latin1');
  return `299 - "${latin.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`;
}
