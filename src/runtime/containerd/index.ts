/** A containerd of our own: its configuration, its process, its images. */
export { Containerd, type ContainerdComponentOptions } from './containerd.ts';
export { containerdConfig, registryHosts, type ContainerdOptions, type HostFacts } from './containerd-config.ts';
export { detectHostFacts } from './host-facts.ts';
export { importImages } from './image-import.ts';
