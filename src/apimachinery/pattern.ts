import { RE2JS, RE2JSException } from 're2js';

/** A regular expression with RE2's syntax and meaning, as Go's: time grows with the text alone, whoever wrote the pattern. */
export interface Pattern {
  /** Whether the pattern is somewhere in the text. */
  test(text: string): boolean;
}

export class PatternError extends Error {
  override readonly name = 'PatternError';
}

/** Throws PatternError, in Go's words (`error parsing regexp: missing closing ]: ...`), for a text that is no pattern of RE2. */
export function compilePattern(pattern: string): Pattern {
  try {
    const compiled = RE2JS.compile(pattern);
    return { test: (text) => compiled.matcher(text).find() };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new PatternError(error.message, { cause: error });
  }
}
