/** How components use the API: a typed client over a transport, caches of what they watch, queues of what they have to do. */
export { BackOff } from './back-off.ts';
export * from './client.ts';
export * from './controller.ts';
export { HttpsTransport, type HttpsTransportOptions, type TlsMaterial } from './https-transport.ts';
export * from './informer.ts';
export { InformerFactory } from './informer-factory.ts';
export { PartitionedInformer, type SharedCache } from './partitioned-informer.ts';
export { byControllerUid, byNamespace, byNodeName, byOwnerUid, type IndexFunction, type Lister } from './lister.ts';
export * from './paths.ts';
export * from './transport.ts';
export { WorkQueue, type WorkQueueOptions } from './work-queue.ts';
export { isSeen, loggingWrites, type WriteLog, type WrittenObject } from './writes.ts';
export { EventRecorder, type EventRecorderOptions, referenceTo } from './event-recorder.ts';
export { LeaderElection, type LeaderElectionOptions } from './leader-election.ts';
