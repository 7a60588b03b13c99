import { MAX_NODE_SCORE, type Plugin } from '../framework.ts';

const MEGABYTE = 1024 * 1024;
/** Images smaller than this in sum are as good as absent; more than the maximum a container makes no difference. */
const MIN_BYTES = 23 * MEGABYTE;
const MAX_CONTAINER_BYTES = 1000 * MEGABYTE;

/** Prefers nodes that have the images already, weighed by how many nodes have them, so that not all pods heap up on one. */
export const imageLocality: Plugin = {
  name: 'ImageLocality',
  weight: 1,
  wakesOn: [],
  begin(pod, cluster) {
    const images = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((container) => withTag(container.image ?? ''));
    const held = images.map((name) => ({ name, spread: cluster.images.holders(name) / cluster.nodes.length })).filter(({ spread }) => spread > 0);
    if (held.length === 0) return undefined;
    const max = MAX_CONTAINER_BYTES * images.length;
    return {
      score(node) {
        let bytes = 0;
        for (const { name, spread } of held) bytes += Math.floor((node.images.get(name) ?? 0) * spread);
        const clamped = Math.min(Math.max(bytes, MIN_BYTES), max);
        return Math.floor((MAX_NODE_SCORE * (clamped - MIN_BYTES)) / (max - MIN_BYTES));
      },
    };
  },
};

function withTag(image: string): string {
  return image.lastIndexOf(':') > image.lastIndexOf('/') || image.includes('@') ? image : `${image}:latest`;
}
