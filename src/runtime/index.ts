/** Container runtimes: the interface in CRI's shape, the client of real ones, the simulated one, a containerd of our own, images made here. */
export * from './messages.ts';
export { isRuntimeError, RuntimeError, runtimeErrorText, type ContainerRuntime, type RuntimeErrorReason } from './runtime.ts';
export { CriRuntime } from './cri/cri-runtime.ts';
export { SimulatedRuntime, type SimulatedRuntimeOptions } from './simulated/simulated-runtime.ts';
export { Containerd, type ContainerdComponentOptions, registryHosts } from './containerd/index.ts';
export { buildImageArchive, type ImageDescription, type ImageFile } from './images/image-archive.ts';
export { buildBusyboxImage, buildPauseImage, PAUSE_IMAGE } from './images/built-in-images.ts';
