/** What a shell is to do with the words, added up. Source: spf13/cobra, ShellCompDirective: its scripts ask in the same way. */
export const DIRECTIVES = { default: 0, error: 1, noSpace: 2, noFiles: 4, fileExtensions: 8, folders: 16 } as const;

/** Words that may stand where the cursor is. */
export interface Completion {
  readonly words: readonly CompletionWord[];
  readonly directive: number;
}

export interface CompletionWord {
  readonly word: string;
  readonly description?: string;
}

export const NOTHING: Completion = { words: [], directive: DIRECTIVES.noFiles };

/** The shell knows better: files, as it does by itself. */
export const FILES: Completion = { words: [], directive: DIRECTIVES.default };

/** Those of `words` that begin with what was typed; no files. */
export function wordsOf(words: readonly string[], typed: string): Completion {
  return { words: words.filter((word) => word.startsWith(typed)).map((word) => ({ word })), directive: DIRECTIVES.noFiles };
}

/** A line a word, with its description behind a tab, and the directive at the end. */
export function completionText({ words, directive }: Completion, hasDescriptions: boolean): string {
  const lines = words.map(({ word, description }) => (hasDescriptions && description ? `${word}\t${description.split('\n')[0]}` : word));
  return [...lines, `:${directive}`].map((line) => `${line}\n`).join('');
}
