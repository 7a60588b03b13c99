import type { RequestInfo } from '../http/request-info.ts';

type Watched = Pick<RequestInfo, 'group' | 'resource' | 'namespace' | 'name'>;

/** The watches of one resource by what they are about: all of it (an empty text), `namespace/`, or `namespace/name`. */
type Counts = Map<string, number>;

const about = ({ namespace, name }: Watched): string => (namespace === '' && name === '' ? '' : `${namespace}/${name}`);

/** How many watches hear of a write. Source: apiserver pkg/util/flowcontrol/watch_tracker.go. */
export class WatchTracker {
  readonly #counts = new Map<string, Counts>();

  /** A watch counts until what is given is disposed. */
  opened(info: Watched): Disposable {
    const [id, what] = [`${info.group}/${info.resource}`, about(info)];
    let counts = this.#counts.get(id);
    if (!counts) this.#counts.set(id, (counts = new Map()));
    counts.set(what, (counts.get(what) ?? 0) + 1);
    let isOpen = true;
    return {
      [Symbol.dispose]: () => {
        if (isOpen) this.#closed(id, what);
        isOpen = false;
      },
    };
  }

  /** Watches of all objects, of the namespace, and of this object. */
  interestedIn(info: Watched): number {
    if (this.#counts.size === 0) return 0;
    const counts = this.#counts.get(`${info.group}/${info.resource}`);
    if (!counts) return 0;
    const { namespace, name } = info;
    return (counts.get('') ?? 0) + (namespace === '' ? 0 : (counts.get(`${namespace}/`) ?? 0)) + (name === '' ? 0 : (counts.get(`${namespace}/${name}`) ?? 0));
  }

  #closed(id: string, what: string): void {
    const counts = this.#counts.get(id);
    const left = (counts?.get(what) ?? 1) - 1;
    if (left > 0) counts?.set(what, left);
    else counts?.delete(what);
    if (counts?.size === 0) this.#counts.delete(id);
  }
}
