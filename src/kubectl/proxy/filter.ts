import type { IncomingMessage } from 'node:http';

export interface ProxyFilterOptions {
  readonly hosts: readonly string[];
  readonly paths: readonly string[];
  readonly rejectedPaths: readonly string[];
  readonly rejectedMethods: readonly string[];
}

/** Which requests `kubectl proxy` lets through: a page of another site must not use the identity behind it. Source: kubectl pkg/proxy, FilterServer. */
export class ProxyFilter {
  readonly #hosts: readonly RegExp[];
  readonly #paths: readonly RegExp[];
  readonly #rejectedPaths: readonly RegExp[];
  readonly #rejectedMethods: readonly RegExp[];

  /** Throws SyntaxError for a pattern that is none. */
  constructor({ hosts, paths, rejectedPaths, rejectedMethods }: ProxyFilterOptions) {
    const compile = (all: readonly string[]): RegExp[] => all.map((text) => new RegExp(text));
    this.#hosts = compile(hosts);
    this.#paths = compile(paths);
    this.#rejectedPaths = compile(rejectedPaths);
    this.#rejectedMethods = compile(rejectedMethods);
  }

  accepts({ method = '', url = '/', headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>): boolean {
    const host = (headers.host ?? '').replace(/:\d+$/, '');
    const path = url.split('?')[0] ?? '';
    const matches = (all: readonly RegExp[], text: string): boolean => all.some((one) => one.test(text));
    if (matches(this.#rejectedPaths, path) || matches(this.#rejectedMethods, method)) return false;
    return matches(this.#paths, path) && matches(this.#hosts, host);
  }
}
