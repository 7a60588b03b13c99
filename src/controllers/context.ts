import type { KeyObject } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Component } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Client } from '../client/client.ts';
import { EventRecorder } from '../client/event-recorder.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import type { AutoscalerOptions } from './horizontal-pod-autoscaler/options.ts';

/** What `cluster/` hands to a controller. */
export interface ControllerContext {
  /** Acts as `system:serviceaccount:kube-system:<serviceAccount of the definition>`. */
  readonly client: Client;
  /** Shared by the controllers of the process. */
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly options: ControllerOptions;
}

/** What flags of kube-controller-manager say. All have defaults, but what depends on the cluster. */
export interface ControllerOptions {
  /** `--node-monitor-grace-period`: a node that has not reported for so long is Unknown. */
  readonly nodeMonitorGracePeriodMs: number;
  /** `--node-monitor-period`. */
  readonly nodeMonitorPeriodMs: number;
  /** `--node-startup-grace-period`: the same for a node that has never reported. */
  readonly nodeStartupGracePeriodMs: number;
  /** `--node-eviction-rate` and `--secondary-node-eviction-rate`: nodes a second. */
  readonly nodeEvictionRate: number;
  readonly secondaryNodeEvictionRate: number;
  /** `--unhealthy-zone-threshold`: the part of a zone's nodes from which the secondary rate holds. */
  readonly unhealthyZoneThreshold: number;
  /** `--large-cluster-size-threshold`. */
  readonly largeClusterSizeThreshold: number;
  /** `--cluster-cidr`, one or two ranges, from which nodes get theirs; empty: none are given. */
  readonly clusterCIDRs: readonly string[];
  /** `--service-cluster-ip-range`: kept out of the nodes' ranges. */
  readonly serviceCIDRs: readonly string[];
  /** `--node-cidr-mask-size-ipv4` and `-ipv6`. */
  readonly nodeCIDRMaskSizeIPv4: number;
  readonly nodeCIDRMaskSizeIPv6: number;
  /** `--terminated-pod-gc-threshold`: so many ended pods are kept. */
  readonly terminatedPodGCThreshold: number;
  readonly autoscaler: AutoscalerOptions;
  /** `--concurrent-<name>-syncs`, by the names of controllers; the others have what they have by themselves. */
  readonly concurrentSyncs: Readonly<Record<string, number>>;
  /** `--legacy-service-account-token-clean-up-period`. */
  readonly legacyTokenCleanUpPeriodMs: number;
  readonly maxEndpointsPerSlice: number;
  /** `--root-ca-file`: what `kube-root-ca.crt` holds, PEM. */
  readonly rootCA: string;
  /** Signs a legacy token of a service account; absent: `serviceaccount-token-controller` does nothing. Claims are the JWT's. */
  readonly signToken?: (claims: Readonly<Record<string, unknown>>) => Promise<string> | string;
  /** Makes certificates for requests; absent: `certificatesigningrequest-signing-controller` does nothing. */
  readonly certificateSigner?: CertificateSigner;
  /** `--cluster-signing-duration`. */
  readonly clusterSigningDurationMs: number;
}

export interface CertificateSigner {
  /** Signs the request (PEM) of a CertificateSigningRequest that has been approved and checked. Gives the chain, PEM. */
  sign(request: { readonly signerName: string; readonly requestPem: string; readonly usages: readonly string[]; readonly notBefore: number; readonly notAfter: number }): Promise<string> | string;
  /** What the request asks for. Throws RangeError if it cannot be read or its signature is wrong. */
  read(requestPem: string): CertificateRequest;
}

export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uris: readonly string[];
  readonly publicKey?: KeyObject;
}

/** A controller that `--controllers` can name. */
export interface ControllerDefinition {
  /** As in kube-controller-manager: `replicaset-controller`. */
  readonly name: string;
  /** Its identity in kube-system, where that is another word: `replicaset-controller`. */
  readonly serviceAccount: string;
  readonly create: (context: ControllerContext) => Component;
}

export function recorderFor(context: ControllerContext, component: string): EventRecorder {
  const { client, clock, random, logger } = context;
  return new EventRecorder({ client, component, clock, random, logger });
}
