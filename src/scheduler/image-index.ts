import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Node } from '../api/generated/core-v1.ts';

/** The images of a node: their bytes by each of their names. */
export type NodeImages = ReadonlyMap<string, number>;

const NO_IMAGES: NodeImages = new Map();

export function imagesOf({ status }: DeepReadonly<Node>): NodeImages {
  const { images } = status;
  if (!images || images.length === 0) return NO_IMAGES;
  return new Map(images.flatMap(({ names = [], sizeBytes = 0 }) => names.map((name): [string, number] => [name, sizeBytes])));
}

/** Nodes report often, with the same images nearly always: what does not change is not counted anew. */
export function hasSameImages(one: DeepReadonly<Node>, other: DeepReadonly<Node>): boolean {
  const [before, after] = [one.status.images ?? [], other.status.images ?? []];
  return before === after || (before.length === after.length && before.every(({ names = [], sizeBytes }, i) => {
    const now = after[i];
    return now?.sizeBytes === sizeBytes && now?.names?.length === names.length && names.every((name, j) => name === now.names?.[j]);
  }));
}

/** How many nodes have an image, by its name. */
export class ImageIndex {
  readonly #holders = new Map<string, number>();

  change(images: NodeImages, by: 1 | -1): void {
    for (const name of images.keys()) {
      const count = (this.#holders.get(name) ?? 0) + by;
      if (count > 0) this.#holders.set(name, count);
      else this.#holders.delete(name);
    }
  }

  holders(name: string): number {
    return this.#holders.get(name) ?? 0;
  }
}
