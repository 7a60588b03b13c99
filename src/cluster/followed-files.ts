import { readFileSync } from 'node:fs';
import { type Component, TaskGroup } from '../base/lifecycle.ts';
import type { ClusterTools } from './tools.ts';

/** How soon a changed file is taken. kube-apiserver is told of changes by the file system and looks once a minute. */
const LOOK_MS = 5000;

/** Files named by flags that belong together, a certificate and its key say, and what takes their new content. */
export interface FollowedFiles {
  /** Names them in the log, as flags. */
  readonly what: string;
  readonly files: readonly string[];
  /** Reads them. Throws Error for a content that cannot be taken, having changed nothing: what was read before goes on. */
  readonly take: () => void | Promise<void>;
}

/** Takes the new content of files that change while the server runs. */
export class FileFollower implements Component {
  readonly #followed: readonly { readonly one: FollowedFiles; seen: string }[];
  readonly #tools: ClusterTools;
  readonly #tasks = new TaskGroup();

  /** The files have been read already: only what differs from now on is taken. */
  constructor(followed: readonly FollowedFiles[], tools: ClusterTools) {
    this.#followed = followed.map((one) => ({ one, seen: contentOf(one.files) }));
    this.#tools = tools;
  }

  get done(): Promise<void> {
    return this.#tasks.done;
  }

  async start(signal: AbortSignal): Promise<void> {
    if (this.#followed.length > 0) this.#tasks.run((inner) => this.#follow(AbortSignal.any([signal, inner])));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#tasks.close();
  }

  async #follow(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#tools.clock.sleep(LOOK_MS, signal);
      for (const entry of this.#followed) await this.#look(entry);
    }
  }

  /** A content that was refused is not tried again before it changes. */
  async #look(entry: { readonly one: FollowedFiles; seen: string }): Promise<void> {
    const { what, files, take } = entry.one;
    const content = contentOf(files);
    if (content === entry.seen) return;
    entry.seen = content;
    try {
      await take();
      this.#tools.logger.info('took what has changed in files', { flag: what });
    } catch (error) {
      this.#tools.logger.error('what has changed in files is not taken; what was there before goes on', { flag: what, error });
    }
  }
}

/** All of them in one; a file that cannot be read now counts as empty, and taking it says why it cannot be. */
function contentOf(files: readonly string[]): string {
  return files.map((file) => {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error) return '';
      throw error;
    }
  }).join('\0');
}
