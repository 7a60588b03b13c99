import type { DeviceSubRequest, DeviceToleration, ExactDeviceRequest, ResourceClaimSpec, ResourceClaimStatus } from '../generated/resource-v1.ts';

function defaultRequest(request: ExactDeviceRequest | DeviceSubRequest): void {
  request.allocationMode ||= 'ExactCount';
  if (request.allocationMode === 'ExactCount') request.count ||= 1;
  for (const toleration of request.tolerations ?? []) defaultToleration(toleration);
}

function defaultToleration(toleration: DeviceToleration): void {
  toleration.operator ||= 'Equal';
}

/** The defaults of a claim and of a claim template. Source: pkg/apis/resource/v1/defaults.go. */
export function defaultClaim(spec: ResourceClaimSpec): void {
  for (const request of spec.devices.requests ?? []) {
    if (request.exactly) defaultRequest(request.exactly);
    for (const alternative of request.firstAvailable ?? []) defaultRequest(alternative);
  }
}

/** What was allocated repeats what the request tolerates. */
export function defaultAllocation({ allocation }: ResourceClaimStatus): void {
  for (const { tolerations } of allocation?.devices?.results ?? []) for (const toleration of tolerations ?? []) defaultToleration(toleration);
}
