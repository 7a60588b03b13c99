import { MAX_NODE_SCORE, type Plugin } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';

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
    const max = MAX_CONTAINER_BYTES * images.length;
    const holders = new Map<string, number>();
    const all = cluster.nodes.length;
    const sizeOn = (node: NodeInfo, image: string): number => node.node.status.images?.find((one) => one.names?.some((name) => withTag(name) === image))?.sizeBytes ?? 0;
    return {
      preScore(nodes) {
        if (!nodes.some((node) => node.node.status.images?.length)) return false;
        for (const image of new Set(images)) holders.set(image, nodes.filter((node) => sizeOn(node, image) > 0).length);
        return [...holders.values()].some((count) => count > 0);
      },
      score(node) {
        let bytes = 0;
        for (const image of images) bytes += Math.floor((sizeOn(node, image) * (holders.get(image) ?? 0)) / all);
        const clamped = Math.min(Math.max(bytes, MIN_BYTES), max);
        return Math.floor((MAX_NODE_SCORE * (clamped - MIN_BYTES)) / (max - MIN_BYTES));
      },
    };
  },
};

function withTag(image: string): string {
  return image.lastIndexOf(':') > image.lastIndexOf('/') || image.includes('@') ? image : `${image}:latest`;
}
