import type { DeepReadonly, KubeObject } from '../apimachinery/meta.ts';

/** Of the objects that one of the annotations `marks` as the default, the newest; of equals, the first by name. */
export function newestDefault<T extends DeepReadonly<KubeObject>>(objects: readonly T[], marks: readonly string[]): T | undefined {
  const defaults = objects.filter(({ metadata }) => marks.some((mark) => metadata.annotations?.[mark] === 'true'));
  return defaults.sort(({ metadata: a }, { metadata: b }) => {
    if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp > b.creationTimestamp ? -1 : 1;
    return a.name < b.name ? -1 : 1;
  })[0];
}
