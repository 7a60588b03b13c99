import { isIP } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import type { Status } from '../../apimachinery/status.ts';
import { goQuote } from '../../apimachinery/go-quote.ts';
import { formatGoDuration } from '../../apimachinery/go-duration.ts';
import { formatMicroTime } from '../../apimachinery/time.ts';
import type { Answer } from '../answer.ts';
import type { UserInfo } from '../authentication/authenticator.ts';
import { listObject } from '../encoding/encoder.ts';
import type { IncomingHeaders } from '../http/exchange.ts';
import { PlainError } from '../http/plain-error.ts';
import type { RequestInfo } from '../http/request-info.ts';
import { inVersion } from '../registry/served-resource.ts';
import { AuditMetrics } from './audit-metrics.ts';
import { LEVELS, userObject, type AuditBackend, type AuditEvent, type AuditTrail, type Stage } from './event.ts';
import type { AuditDecision, AuditPolicy } from './policy.ts';
import { parseWhole, stringifyWhole } from '../../apimachinery/whole-numbers.ts';

/** What is known of a request when it has come in. */
export interface AuditedRequest {
  readonly auditId: string;
  readonly info: RequestInfo;
  /** Path and query, as sent. */
  readonly uri: string;
  readonly user: UserInfo;
  readonly headers: IncomingHeaders;
  readonly remoteAddress: string;
  /** When it came, by the monotonic clock; absent: now. */
  readonly startMs?: number;
}

const USER_AGENT_LENGTH = 1024;
/** Of slow requests it is told how slow. Source: apiserver pkg/endpoints/filters/audit.go, writeLatencyToAnnotation. */
const SLOW_MS = 500;
const LATENCY = 'apiserver.latency.k8s.io/';

/** A request is refused because nobody could record that it came. Source: apiserver pkg/endpoints/filters/audit.go, WithAudit. */
export class UnrecordedError extends PlainError {
  override readonly name = 'UnrecordedError';

  constructor(uri: string) {
    super(`Internal Server Error: ${goQuote(uri)}: failed to store audit event\n`, 500);
  }
}

/** Records requests as an audit policy says. Source: "Auditing". */
export class Auditor implements AsyncDisposable {
  readonly #policy: AuditPolicy;
  readonly #backends: readonly AuditBackend[];
  readonly #clock: Clock;
  readonly metrics: AuditMetrics;

  constructor(options: { policy: AuditPolicy; backends: readonly AuditBackend[]; clock: Clock; metrics?: AuditMetrics }) {
    this.metrics = options.metrics ?? new AuditMetrics();
    this.#policy = options.policy;
    this.#backends = options.backends;
    this.#clock = options.clock;
  }

  /** Undefined: nothing of this request is recorded. */
  begin(request: AuditedRequest): AuditRecord | undefined {
    const record = this.#recordOf(request);
    record?.received();
    return record;
  }

  /** Records a request that is refused before anybody knows who makes it: `request.user` has no name. There is one event, at the start of the answer. `methods`: how its maker tried to prove who he is, where that failed. */
  unauthenticated(request: AuditedRequest, status: Status, methods: readonly string[] | undefined, annotations: ReadonlyMap<string, string>): void {
    this.#recordOf(request)?.unauthenticated(status, methods, annotations);
  }

  #recordOf(request: AuditedRequest): AuditRecord | undefined {
    const decision = this.#policy.decide(request.user, request.info);
    this.metrics.decided(decision.level);
    if (decision.level === 'None') return undefined;
    return new AuditRecord({ request, decision, clock: this.#clock, write: (event) => this.#write(event) });
  }

  /** Whether whole answers wait till they are recorded. */
  get holdsAnswers(): boolean {
    return this.#backends.some((one) => one.holdsAnswers === true);
  }

  /** All backends get it, whatever becomes of it in the others. */
  #write(event: AuditEvent): boolean | Promise<boolean> {
    this.metrics.event();
    const taken = this.#backends.map((backend) => backend.write(event));
    const later = taken.filter((one) => one instanceof Promise);
    const isTaken = !taken.includes(false);
    return later.length === 0 ? isTaken : Promise.all(later).then((all) => isTaken && !all.includes(false));
  }

  /** Throws UnrecordedError for a request of which nobody could record that it came; only where that was asked for. */
  async admit(record: AuditRecord, uri: string): Promise<void> {
    if (await record.taken) return;
    this.metrics.rejected();
    throw new UnrecordedError(uri);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#backends.map((one) => one[Symbol.asyncDispose]()));
  }
}

/** One request on its way, told stage by stage. */
export class AuditRecord implements AuditTrail {
  readonly #decision: AuditDecision;
  readonly #clock: Clock;
  readonly #write: (event: AuditEvent) => boolean | Promise<boolean>;
  readonly #event: Omit<AuditEvent, 'stage' | 'stageTimestamp'>;
  readonly #ref: Record<string, string> | undefined;
  readonly #receivedMs: number;
  readonly #layers = new Map<string, number>();
  #isComplete = false;
  /** Whether it has been recorded that the request came: anything but `true` is to be waited for, by `Auditor.admit`. */
  taken: boolean | Promise<boolean> = true;

  constructor(options: { request: AuditedRequest; decision: AuditDecision; clock: Clock; write: (event: AuditEvent) => boolean | Promise<boolean> }) {
    const { request, decision, clock } = options;
    this.#decision = decision;
    this.#clock = clock;
    this.#write = options.write;
    this.#receivedMs = request.startMs ?? clock.monotonic();
    this.#ref = referenceOf(request.info);
    const agent = request.headers['user-agent'];
    const sourceIPs = sourceAddresses(request);
    this.#event = {
      kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: decision.level, auditID: request.auditId, requestURI: request.uri, verb: request.info.verb, user: userObject(request.user),
      ...(sourceIPs.length > 0 && { sourceIPs }),
      ...(typeof agent === 'string' && agent !== '' && { userAgent: agent.length > USER_AGENT_LENGTH ? `${agent.slice(0, USER_AGENT_LENGTH)}...TRUNCATED` : agent }),
      ...(this.#ref && { objectRef: this.#ref }), requestReceivedTimestamp: formatMicroTime(clock.now()),
    };
  }

  received(): void {
    this.taken = this.#tell('RequestReceived');
  }

  took(layer: string, ms: number): void {
    this.#layers.set(layer, (this.#layers.get(layer) ?? 0) + ms);
  }

  /** Whom the request is made as, when not as its user. `constraint`: the verb that granted it, of a constrained mode. */
  impersonated(user: UserInfo, constraint: string): void {
    this.#event.impersonatedUser = userObject(user);
    if (constraint !== '') this.#event.authenticationMetadata = { impersonationConstraint: constraint };
  }

  get showsRequest(): boolean {
    return this.#includes('Request');
  }

  requestObject(object: unknown): void {
    if (this.#event.requestObject !== undefined) return;
    this.#refine(object);
    if (this.#includes('Request')) this.#event.requestObject = this.#copy(object);
  }

  started(status: number, annotations: ReadonlyMap<string, string>): void {
    this.#event.responseStatus = { metadata: {}, code: status };
    void this.#tell('ResponseStarted', annotations);
  }

  /** The answer has gone out, or, where somebody waits for the record of it, will in a moment. Told twice, it is recorded once. */
  complete(answer: Answer, annotations: ReadonlyMap<string, string>): boolean | Promise<boolean> {
    if (this.#isComplete) return true;
    this.#isComplete = true;
    this.#event.responseStatus = answer.type === 'object' && isStatus(answer.object) ? statusOf(answer.object) : { metadata: {}, code: answer.status };
    const object = this.#includes('RequestResponse') ? objectOf(answer) : undefined;
    if (object !== undefined) this.#event.responseObject = this.#copy(object);
    return this.#tell('ResponseComplete', this.#withLatency(annotations));
  }

  /** The request has been refused, or has met a bug, which is `isPanic`. */
  failed(status: Status, annotations: ReadonlyMap<string, string>, isPanic = false): void {
    if (this.#isComplete) return;
    this.#isComplete = true;
    this.#event.responseStatus = statusOf(status);
    if (this.#includes('RequestResponse')) this.#event.responseObject = status;
    if (isPanic) this.#event.responseStatus = { metadata: {}, status: 'Failure', message: `APIServer panic'd: ${status.message ?? ''}`, reason: 'InternalError', code: 500 };
    if (isPanic) void this.#tell('Panic', annotations);
    else void this.#tell('ResponseComplete', this.#withLatency(annotations));
  }

  unauthenticated(status: Status, methods: readonly string[] | undefined, annotations: ReadonlyMap<string, string>): void {
    const message = methods && (methods.length === 0 ? 'Authentication failed, no credentials provided' : `Authentication failed, attempted: ${methods.join(', ')}`);
    this.#event.responseStatus = statusOf({ ...status, ...(message !== undefined && { message }) });
    void this.#tell('ResponseStarted', annotations);
  }

  #withLatency(annotations: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    const tookMs = this.#clock.monotonic() - this.#receivedMs;
    if (tookMs <= SLOW_MS) return annotations;
    return new Map([...annotations, ...[...this.#layers, ['total', tookMs] as const].map(([layer, ms]): [string, string] => [LATENCY + layer, formatGoDuration(ms)])]);
  }

  #includes(level: (typeof LEVELS)[number]): boolean {
    return this.#ref !== undefined && LEVELS.indexOf(this.#decision.level) >= LEVELS.indexOf(level);
  }

  /** What the path does not tell: the name of what is created. */
  #refine(object: unknown): void {
    const metadata = (object as { metadata?: { name?: unknown; namespace?: unknown; uid?: unknown; resourceVersion?: unknown } } | undefined)?.metadata;
    if (!this.#ref || !metadata || Array.isArray(object)) return;
    for (const field of ['name', 'namespace', 'uid', 'resourceVersion'] as const) {
      const value = metadata[field];
      if (typeof value === 'string' && value !== '') this.#ref[field] ??= value;
    }
  }

  #copy(object: unknown): unknown {
    return parseWhole(stringifyWhole(object, this.#decision.omitManagedFields ? withoutManagedFields : undefined));
  }

  #tell(stage: Stage, annotations?: ReadonlyMap<string, string>): boolean | Promise<boolean> {
    if (this.#decision.omitStages.has(stage)) return true;
    const { kind, apiVersion, level, auditID, ...rest } = this.#event;
    return this.#write({
      kind, apiVersion, level, auditID, stage, ...rest, ...(this.#ref && { objectRef: { ...this.#ref } }), stageTimestamp: formatMicroTime(this.#clock.now()),
      ...(annotations && annotations.size > 0 && { annotations: Object.fromEntries([...annotations].sort(([a], [b]) => (a < b ? -1 : 1))) }),
    });
  }
}

function withoutManagedFields(this: unknown, key: string, value: unknown): unknown {
  return key === 'managedFields' && Array.isArray(value) ? undefined : value;
}

function referenceOf({ isResourceRequest, resource, namespace, name, group, version, subresource }: RequestInfo): Record<string, string> | undefined {
  if (!isResourceRequest) return undefined;
  return { resource, ...(namespace && { namespace }), ...(name && { name }), ...(group && { apiGroup: group }), apiVersion: version, ...(subresource && { subresource }) };
}

/** Proxies first, as they tell; the peer last. What is no address is left out. Source: apimachinery pkg/util/net, SourceIPs. */
function sourceAddresses({ headers, remoteAddress }: AuditedRequest): string[] {
  const first = (name: string): string => {
    const value = headers[name];
    return typeof value === 'string' ? value : (value?.[0] ?? '');
  };
  const addresses = first('x-forwarded-for').split(',').map((one) => one.trim()).filter((one) => isIP(one) !== 0);
  const real = first('x-real-ip');
  if (isIP(real) !== 0 && !addresses.includes(real)) addresses.push(real);
  const peer = remoteAddress.replace(/^::ffff:/, '');
  if (peer !== '' && peer !== addresses.at(-1)) addresses.push(peer);
  return addresses;
}

function isStatus(object: object): object is Status {
  return (object as Status).kind === 'Status' && 'status' in object && typeof (object as Status).status === 'string';
}

function statusOf({ status, message, reason, details, code }: Status): object {
  return { metadata: {}, ...(status && { status }), ...(message && { message }), ...(reason && { reason }), ...(details && { details }), code: code ?? 200 };
}

function objectOf(answer: Answer): unknown {
  switch (answer.type) {
    case 'entry': return inVersion(answer.resource, answer.entry.object as KubeObject);
    case 'list': return listObject(answer);
    case 'object': return answer.object;
    default: return undefined;
  }
}
