/**
 * `$(NAME)` becomes the value that `valueOf` knows, `$$` becomes `$`; what it does not know stays as it is written.
 * Source: "Define Dependent Environment Variables"; third_party/forked/golang/expansion.
 */
export function expandVariables(text: string, valueOf: (name: string) => string | undefined): string {
  let expanded = '';
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] as string;
    if (letter !== '$' || at + 1 >= text.length) {
      expanded += letter;
      continue;
    }
    const next = text[at + 1] as string;
    if (next === '$') {
      expanded += '$';
      at++;
    } else if (next === '(') {
      const end = text.indexOf(')', at + 2);
      if (end < 0) {
        expanded += '$(';
        at++;
      } else {
        expanded += valueOf(text.slice(at + 2, end)) ?? text.slice(at, end + 1);
        at = end;
      }
    } else {
      expanded += `$${next}`;
      at++;
    }
  }
  return expanded;
}
