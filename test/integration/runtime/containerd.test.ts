import { join } from 'node:path';
import { runtimeSuite } from '../../../src/runtime/runtime-suite.ts';
import { BUSYBOX, cannotRunContainers, startPrivateContainerd } from '../support/private-containerd.ts';

runtimeSuite('containerd', async () => {
  const node = await startPrivateContainerd();
  return {
    runtime: node.runtime, image: BUSYBOX, missingImage: '127.0.0.1:1/missing:1', logDirectory: join(node.root, 'logs'),
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  };
}, cannotRunContainers());
