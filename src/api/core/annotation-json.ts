/** JSON in an annotation, which was a field before it was one. */
import { jsonSyntaxMessage } from '../../apimachinery/json-syntax.ts';

/** `type`: as Go names what the text must hold. */
export function readJson(text: string, type: string, fits: (value: unknown) => boolean): { readonly found: unknown } | { readonly problem: string } {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { problem: jsonSyntaxMessage(text) };
  }
  if (fits(found)) return { found };
  return found === null ? { found: type.startsWith('[]') ? [] : {} } : { problem: `json: cannot unmarshal ${Array.isArray(found) ? 'array' : typeof found === 'boolean' ? 'bool' : typeof found} into Go value of type ${type}` };
}
