import { isRuntimeError, type SnapshotMount } from '../runtime.ts';
import type { GrpcConnection, GrpcMethod } from './grpc-connection.ts';
import { defineMessages } from './message-codec.ts';
import { criMessages } from './messages.schema.ts';

/** A part of containerd's snapshots service, for releases whose CRI cannot mount images (before 2.1). */
const snapshotMessages = defineMessages({}, {
  Mount: `
    type 1 string
    source 2 string
    target 3 string
    options 4 []string`,
  ViewSnapshotRequest: `
    snapshotter 1 string
    key 2 string
    parent 3 string
    labels 4 {}string`,
  SnapshotRequest: `
    snapshotter 1 string
    key 2 string`,
  MountsResponse: `
    mounts 1 []Mount`,
  Empty: ``,
});

const SNAPSHOTTER = 'overlayfs';

function method(name: string, request: string, response: string): GrpcMethod {
  return { path: `/containerd.services.snapshots.v1.Snapshots/${name}`, table: snapshotMessages, request, response, headers: { 'containerd-namespace': 'k8s.io' } };
}

const VIEW = method('View', 'ViewSnapshotRequest', 'MountsResponse');
const MOUNTS = method('Mounts', 'SnapshotRequest', 'MountsResponse');
const REMOVE = method('Remove', 'SnapshotRequest', 'Empty');
const IMAGE_STATUS: GrpcMethod = { path: '/runtime.v1.ImageService/ImageStatus', table: criMessages, request: 'ImageStatusRequest', response: 'ImageStatusResponse' };

/** The mounts that show a present image's files, read-only, under a snapshot named `key`, until `releaseImage`. Safe to repeat. */
export async function viewImage(connection: GrpcConnection, image: string, key: string, signal: AbortSignal): Promise<SnapshotMount[]> {
  try {
    const parent = await topLayer(connection, image, signal);
    // Without the label containerd's garbage collector takes the snapshot away.
    const request = { snapshotter: SNAPSHOTTER, key, parent, labels: { 'containerd.io/gc.root': 'kubets' } };
    return (await connection.call(VIEW, request, signal)).mounts as SnapshotMount[];
  } catch (error) {
    if (!isRuntimeError(error, 'AlreadyExists')) throw error;
    return (await connection.call(MOUNTS, { snapshotter: SNAPSHOTTER, key }, signal)).mounts as SnapshotMount[];
  }
}

export async function releaseImage(connection: GrpcConnection, key: string, signal: AbortSignal): Promise<void> {
  try {
    await connection.call(REMOVE, { snapshotter: SNAPSHOTTER, key }, signal);
  } catch (error) {
    if (!isRuntimeError(error, 'NotFound')) throw error;
  }
}

/** containerd tells the name of an image's unpacked layers where it is asked for everything. */
async function topLayer(connection: GrpcConnection, image: string, signal: AbortSignal): Promise<string> {
  const { info } = (await connection.call(IMAGE_STATUS, { image: { image }, verbose: true }, signal)) as { info: Record<string, string> };
  const { chainID } = JSON.parse(info.info ?? '{}') as { chainID?: string };
  if (!chainID) throw new Error(`the runtime does not tell where the files of image ${image} are`);
  return chainID;
}
