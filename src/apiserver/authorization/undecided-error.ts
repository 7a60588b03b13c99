import { goQuote } from '../../apimachinery/go-quote.ts';
import { PlainError } from '../http/plain-error.ts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Nobody allows a request, and one who might have could not be asked. Source: apiserver pkg/endpoints/filters/authorization.go and pkg/endpoints/handlers/responsewriters, InternalError. */
export class UndecidedError extends PlainError {
  override readonly name = 'UndecidedError';

  constructor(uri: string, why: string) {
    super(`${`Internal Server Error: ${goQuote(uri)}: ${why}`.replace(/[&<>]/g, (one) => ESCAPES[one] ?? one)}\n`, 500);
  }
}
