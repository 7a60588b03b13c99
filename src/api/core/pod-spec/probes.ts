/** Probes and lifecycle handlers. Source: kubernetes pkg/apis/core/validation, validateProbe, validateHandler, validateLifecycle. */
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import { isValidPort, isValidPortName, validateNonNegative } from '../../../apimachinery/validation/numbers.ts';
import { addInvalid, isHttpHeaderName } from '../../../apimachinery/validation/values.ts';
import type { Container, GRPCAction, HTTPGetAction, Lifecycle, LifecycleHandler, Probe } from '../../generated/core-v1.ts';

type Handler = LifecycleHandler & { grpc?: GRPCAction };
const schemes: ReadonlySet<string> = new Set(['HTTP', 'HTTPS']);

export function validatePort(port: number | string, path: FieldPath, errors: FieldErrors): void {
  addInvalid(errors, path, port, typeof port === 'number' ? isValidPort(port) : isValidPortName(port));
}

function validateHttpGet({ path: url, port, scheme = '', httpHeaders }: DeepReadonly<HTTPGetAction>, path: FieldPath, errors: FieldErrors): void {
  if (!url) errors.required(path.child('path'));
  validatePort(port, path.child('port'), errors);
  if (!schemes.has(scheme)) errors.notSupported(path.child('scheme'), scheme, schemes);
  for (const { name } of httpHeaders ?? []) addInvalid(errors, path.child('httpHeaders'), name, isHttpHeaderName(name));
}

function validateHandler(handler: DeepReadonly<Handler>, graceSeconds: number | undefined, path: FieldPath, errors: FieldErrors): void {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  const checks: readonly [name: string, isSet: boolean, check: (at: FieldPath) => void][] = [
    ['exec', exec !== undefined, (at) => { if ((exec?.command ?? []).length === 0) errors.required(at.child('command')); }],
    ['httpGet', httpGet !== undefined, (at) => { if (httpGet) validateHttpGet(httpGet, at, errors); }],
    ['tcpSocket', tcpSocket !== undefined, (at) => { if (tcpSocket) validatePort(tcpSocket.port, at.child('port'), errors); }],
    ['grpc', grpc !== undefined, (at) => { if (grpc) validatePort(grpc.port, at.child('port'), errors); }],
    ['sleep', sleep !== undefined, (at) => {
      if (!sleep || graceSeconds === undefined || (sleep.seconds >= 0 && sleep.seconds <= graceSeconds)) return;
      errors.invalid(at, sleep.seconds, `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`);
    }],
  ];
  let count = 0;
  for (const [name, isSet, check] of checks) {
    if (!isSet) continue;
    if (count > 0) errors.forbidden(path.child(name), 'may not specify more than 1 handler type');
    else {
      count++;
      check(path.child(name));
    }
  }
  if (count === 0) errors.required(path, 'must specify a handler type');
}

function validateProbe(probe: DeepReadonly<Probe>, graceSeconds: number | undefined, path: FieldPath, errors: FieldErrors): void {
  validateHandler(probe, graceSeconds, path, errors);
  for (const name of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const) {
    validateNonNegative(probe[name], path.child(name), errors);
  }
  const { terminationGracePeriodSeconds } = probe;
  if (terminationGracePeriodSeconds !== undefined && terminationGracePeriodSeconds <= 0) {
    errors.invalid(path.child('terminationGracePeriodSeconds'), terminationGracePeriodSeconds, 'must be greater than 0');
  }
}

/** Of regular containers and of init containers that stay: others may have neither. */
export function validateProbesAndLifecycle(container: DeepReadonly<Container>, graceSeconds: number | undefined, path: FieldPath, errors: FieldErrors): void {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  if (lifecycle) validateLifecycle(lifecycle, graceSeconds, path.child('lifecycle'), errors);
  if (livenessProbe) validateOneSuccessProbe(livenessProbe, graceSeconds, path.child('livenessProbe'), errors);
  if (readinessProbe) validateReadinessProbe(readinessProbe, graceSeconds, path.child('readinessProbe'), errors);
  if (startupProbe) validateOneSuccessProbe(startupProbe, graceSeconds, path.child('startupProbe'), errors);
}

function validateLifecycle({ postStart, preStop }: DeepReadonly<Lifecycle>, graceSeconds: number | undefined, path: FieldPath, errors: FieldErrors): void {
  if (postStart) validateHandler(postStart, graceSeconds, path.child('postStart'), errors);
  if (preStop) validateHandler(preStop, graceSeconds, path.child('preStop'), errors);
}

function validateOneSuccessProbe(probe: DeepReadonly<Probe>, graceSeconds: number | undefined, path: FieldPath, errors: FieldErrors): void {
  validateProbe(probe, graceSeconds, path, errors);
  const { successThreshold = 0 } = probe;
  if (successThreshold !== 1) errors.invalid(path.child('successThreshold'), successThreshold, 'must be 1');
}

function validateReadinessProbe(probe: DeepReadonly<Probe>, graceSeconds: number | undefined, path: FieldPath, errors: FieldErrors): void {
  validateProbe(probe, graceSeconds, path, errors);
  const { terminationGracePeriodSeconds } = probe;
  if (terminationGracePeriodSeconds !== undefined) {
    errors.invalid(path.child('terminationGracePeriodSeconds'), terminationGracePeriodSeconds, 'must not be set for readinessProbes');
  }
}
