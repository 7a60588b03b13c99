import type { Answer } from '../answer.ts';
import type { PathHandler } from '../handlers/dispatcher.ts';
import type { ApiRequest } from '../request.ts';
import type { ApiGroups } from './api-groups.ts';

/** `/`, by whatever method: every path that leads somewhere. Source: apiserver pkg/server/routes/index.go. */
export class RootPaths implements PathHandler {
  readonly takesResources = false;
  readonly #groups: ApiGroups;
  readonly #others: () => readonly string[];

  /** `others`: what is served besides groups of resources. */
  constructor(groups: ApiGroups, others: () => readonly string[]) {
    this.#groups = groups;
    this.#others = others;
  }

  handle(request: ApiRequest): Answer | undefined {
    if (request.info.path !== '/' && request.info.path !== '/index.html') return undefined;
    const paths = [...new Set([...this.#groupPaths(), ...this.#others()])].sort();
    return { status: 200, type: 'bytes', contentType: 'application/json', bytes: Buffer.from(JSON.stringify({ paths }, undefined, 2)) };
  }

  #groupPaths(): string[] {
    return this.#groups.all.flatMap(({ name, versions }) => (name === ''
      ? ['/api', ...versions.map(({ version }) => `/api/${version}`), '/apis', '/apis/']
      : [`/apis/${name}`, ...versions.map(({ version }) => `/apis/${name}/${version}`)]));
  }
}
