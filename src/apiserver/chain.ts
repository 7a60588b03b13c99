import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { randomUid } from '../base/random.ts';
import { badRequest, failure, internalError, type Status, StatusError, unauthorized } from '../apimachinery/status.ts';
import { parsesAsTrue } from '../apimachinery/query-boolean.ts';
import { type Answer, statusAnswer } from './answer.ts';
import { type Auditor, type AuditedRequest, type AuditRecord } from './audit/auditor.ts';
import { timed } from './audit/timed.ts';
import { attemptedMethods } from './authentication/attempted-methods.ts';
import { RefusedCredentials, type Authenticator, type Identity, type UserInfo } from './authentication/authenticator.ts';
import { bearerWarning } from './authentication/bearer.ts';
import { type Authenticated, authenticateInTurn } from './authentication/in-turn.ts';
import { isImpersonating } from './authentication/impersonation/headers.ts';
import { Impersonation } from './authentication/impersonation/impersonation.ts';
import { attributesOfRequest, denied } from './authorization/decide.ts';
import { UndecidedError } from './authorization/undecided-error.ts';
import type { Authorization, AuthorizationAttributes, Authorizer } from './authorization/authorizer.ts';
import type { OpenWatches } from './flowcontrol/open-watches.ts';
import type { RequestLimiter, Seat } from './flowcontrol/request-limiter.ts';
import type { Dispatcher } from './handlers/dispatcher.ts';
import { BodyAbortedError, type Exchange } from './http/exchange.ts';
import { JSON_FORM, negotiateOutput, type OutputForm } from './http/negotiation.ts';
import { PlainError } from './http/plain-error.ts';
import { requestInfo, type RequestInfo } from './http/request-info.ts';
import { commonHeaders, render, type RenderOptions } from './http/render.ts';
import { writeWatch } from './http/watch-writer.ts';
import { watchOverWebSocket } from './http/watch-websocket.ts';
import type { Encoder } from './encoding/encoder.ts';
import { type ApiRequest, headerOf, Query } from './request.ts';
import { HttpRequest } from './http-request.ts';
import { askedTimeout, RequestDeadlines } from './request-deadlines.ts';
import { StoreFullError } from '../storage/store.ts';
import { BUILT_IN_MEDIA } from './registry/served-resource.ts';
import type { AccessMetrics } from './metrics/access-metrics.ts';
import type { RequestMetrics } from './metrics/request-metrics.ts';
import type { WatchMetrics } from './metrics/watch-metrics.ts';

export interface ChainOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly authenticators: readonly Authenticator[];
  /** Whether requests without credentials go on as `system:anonymous`. */
  readonly allowAnonymous: (path: string) => boolean;
  readonly authorizer: Authorizer;
  /** Feature gate UnauthenticatedHTTP2DOSMitigation: who is nobody gets a connection for each request. */
  readonly endsAnonymousConnections: boolean;
  /** Feature gate ConstrainedImpersonation. */
  readonly constrainedImpersonation: boolean;
  readonly dispatcher: Dispatcher;
  readonly encoder: Encoder;
  readonly metrics: RequestMetrics;
  readonly access: AccessMetrics;
  readonly watches: WatchMetrics;
  /** Of clients: those of this very process are not held back. */
  readonly openWatches: OpenWatches;
  /** Undefined: nothing is recorded. */
  readonly audit?: Auditor | undefined;
  /** Undefined: any number of requests may run at once. Requests of this very process are never held back. */
  readonly limiter?: RequestLimiter | undefined;
  /** Of requests that are no watch, log or connection. */
  readonly requestTimeoutMs: number;
}

const ANONYMOUS: Identity = { user: { name: 'system:anonymous', groups: ['system:unauthenticated'] } };
/** Source: apiserver pkg/server/filters/maxinflight.go, tooManyRequests. */
const TOO_MANY: Answer = { status: 429, type: 'bytes', contentType: 'text/plain; charset=utf-8', bytes: Buffer.from('Too many requests, please try again later.\n'), headers: { 'retry-after': '1' } };
const CONNECTS: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward']);
const AUTHENTICATED = 'system:authenticated';

/** What every request goes through: who is it, may it, and the answer. */
export class Chain implements Disposable {
  readonly #options: ChainOptions;
  readonly #impersonation: Impersonation;
  readonly #deadlines: RequestDeadlines;

  constructor(options: ChainOptions) {
    this.#options = options;
    this.#deadlines = new RequestDeadlines(options.clock, options.requestTimeoutMs);
    this.#impersonation = new Impersonation({ authorizer: options.authorizer, constrained: options.constrainedImpersonation });
  }

  /** To be called once no request is under way. */
  [Symbol.dispose](): void {
    this.#deadlines[Symbol.dispose]();
  }

  /** Answers one exchange over HTTP; never rejects. */
  async serve(exchange: Exchange): Promise<void> {
    const { clock, metrics } = this.#options;
    const startMs = clock.monotonic();
    const warnings: string[] = [];
    const query = Query.parse(exchange.query);
    const auditId = exchange.headers['audit-id'];
    const options: RenderOptions = {
      encoder: this.#options.encoder, clock, auditId: typeof auditId === 'string' && auditId !== '' ? auditId : randomUid(this.#options.random), warnings,
      pretty: isPretty(exchange, query), includeObject: query.get('includeObject'),
    };
    let info: RequestInfo | undefined;
    let record: AuditRecord | undefined;
    let identity: Identity | undefined;
    let done: ((status: number, ms: number) => void) | undefined;
    let status = 500;
    let seat: Seat | undefined;
    let limit: Disposable | undefined;
    const annotations = new Map<string, string>();
    try {
      info = infoOf(exchange, query);
      const timeoutMs = query.isEmpty || isLongRunning(info) ? undefined : askedTimeout(query);
      const known = this.#authenticate(exchange, warnings, annotations);
      identity = known instanceof Promise ? await known : known;
      if (identity.annotations) tellOf(identity, warnings, annotations);
      if (this.#options.audit) record = await this.#beginRecord(this.#options.audit, auditedRequest(exchange, { info, auditId: options.auditId, user: identity.user, startMs }));
      const acting = isImpersonating(exchange.headers) ? await this.#impersonate(exchange, { identity, info, query, record }) : identity;
      const request = new HttpRequest(exchange, { info, query, identity: acting, warnings, annotations, audit: record });
      done = metrics.begin(info, query.get('dryRun'));
      // Not `using`: it takes longer than all else here.
      limit = isLongRunning(info) ? undefined : this.#deadlines.begin(startMs, () => {
        if (!exchange.isAnswered) this.#fail(exchange, timedOut(exchange.method), options, info);
      }, timeoutMs);
      const pendingSeat = this.#seatFor(request);
      seat = pendingSeat instanceof Promise ? await timed(record, 'apf-queue-wait', pendingSeat, clock) : pendingSeat;
      options.headers = seat?.headers;
      const answer = seat?.isRefused ? TOO_MANY : await this.handle(request);
      status = answer.status;
      // Of a watch only its beginning counts.
      if (answer.type === 'watch') seat?.release();
      if (record && this.#options.audit?.holdsAnswers && isWhole(answer)) await record.complete(answer, annotations);
      const writing = this.#write(exchange, answer, options, request);
      if (writing) await writing;
      void record?.complete(answer, annotations);
    } catch (error) {
      const failed = this.#fail(exchange, error, options, info);
      status = failed.code ?? 500;
      record?.failed(failed, annotations, isBug(error));
      if (info && !identity) this.#options.audit?.unauthenticated(auditedRequest(exchange, { info, auditId: options.auditId, user: NOBODY }), failed, failed.code === 401 ? attemptedMethods(exchange, query.get('access_token')) : undefined, annotations);
    } finally {
      limit?.[Symbol.dispose]();
      seat?.release();
      done?.(status, clock.monotonic() - startMs);
    }
  }

  /** Waits until the request may run. Connections and logs last as long as they like, and take no seat. */
  #seatFor(request: ApiRequest): Seat | Promise<Seat> | undefined {
    const { limiter } = this.#options;
    if (!limiter || (request.info.verb !== 'watch' && isLongRunning(request.info))) return undefined;
    return limiter.admit(request);
  }

  /** Answers a request of this very process, whose user is known. Throws StatusError. */
  async handleLocal(request: ApiRequest): Promise<Answer> {
    const { info, user, headers, annotations } = request;
    const uri = uriOf(request);
    const record = this.#options.audit?.begin({ auditId: randomUid(this.#options.random), info, uri, user, headers, remoteAddress: '127.0.0.1' });
    if (!record) return this.handle(request);
    try {
      if (record.taken !== true) await this.#options.audit?.admit(record, uri);
      const answer = await this.handle({ ...request, audit: record });
      if (answer.type !== 'watch') await record.complete(answer, annotations);
      else {
        record.started(answer.status, annotations);
        void answer.session.ended.then(() => void record.complete(answer, annotations));
      }
      return answer;
    } catch (error) {
      record.failed(this.statusOf(error, `${request.method} ${info.path}`), annotations, isBug(error));
      throw error;
    }
  }

  /** Authorizes and answers a request whose user is known. Throws StatusError. */
  async handle(request: ApiRequest): Promise<Answer> {
    const authorizing = this.#authorize(request);
    if (authorizing) await authorizing;
    return this.#options.dispatcher.dispatch(request);
  }

  /** Whom a request may be made as instead of who makes it. */
  async #impersonate(exchange: Exchange, request: { identity: Identity; info: RequestInfo; query: Query; record: AuditRecord | undefined }): Promise<Identity> {
    const { identity, info, query, record } = request;
    const impersonated = await this.#impersonation.impersonate(exchange.headers, identity.user, () => attributesOfRequest({ info, query, user: identity.user }));
    if (!impersonated) return identity;
    record?.impersonated(impersonated.user, impersonated.constraint);
    return { user: impersonated.user };
  }

  async #beginRecord(audit: Auditor, request: AuditedRequest & { readonly startMs: number }): Promise<AuditRecord | undefined> {
    const record = audit.begin(request);
    record?.took('authentication', this.#options.clock.monotonic() - request.startMs);
    if (record && record.taken !== true) await audit.admit(record, request.uri);
    return record;
  }

  #authenticate(exchange: Exchange, warnings: string[], annotations: Map<string, string>): Identity | Promise<Identity> {
    const found = authenticateInTurn(this.#options.authenticators, exchange, (error) => {
      if (error instanceof RefusedCredentials) annotate(annotations, error.annotations);
      if (!StatusError.is(error)) this.#options.logger.warn('unable to authenticate the request', { error });
    });
    return found instanceof Promise ? found.then((later) => this.#identify(exchange, later, warnings)) : this.#identify(exchange, found, warnings);
  }

  #identify(exchange: Exchange, { identity, isRefused }: Authenticated, warnings: string[]): Identity {
    const { access, allowAnonymous, endsAnonymousConnections } = this.#options;
    if (!identity && endsAnonymousConnections) exchange.endConnection?.();
    const warning = identity ? undefined : bearerWarning(exchange.headers);
    if (warning !== undefined) warnings.push(warning);
    if (!identity && (isRefused || !allowAnonymous(exchange.path))) {
      access.authenticated(isRefused ? 'error' : 'failure');
      throw unauthorized();
    }
    const known = identity ?? ANONYMOUS;
    access.authenticated('success', known.user.name);
    return identity ? withGroup(identity) : ANONYMOUS;
  }

  #authorize(request: ApiRequest): Promise<void> | undefined {
    const attributes = attributesOfRequest(request);
    const found = this.#options.authorizer.authorize(attributes);
    return found instanceof Promise ? timed(request.audit, 'authorization', found, this.#options.clock).then((later) => this.#judge(request, attributes, later)) : this.#judge(request, attributes, found);
  }

  #judge(request: ApiRequest, attributes: AuthorizationAttributes, { decision, reason, evaluationError }: Authorization): Promise<void> | undefined {
    this.#options.access.authorized(decision === 'allow' ? 'allowed' : decision === 'deny' ? 'denied' : 'no-opinion');
    if (decision !== 'allow' && evaluationError !== undefined) {
      request.annotations.set('authorization.k8s.io/reason', 'internal error');
      throw new UndecidedError(uriOf(request), evaluationError);
    }
    if (request.audit) {
      request.annotations.set('authorization.k8s.io/decision', decision === 'allow' ? 'allow' : 'forbid');
      request.annotations.set('authorization.k8s.io/reason', reason);
    }
    if (decision !== 'allow') throw denied(attributes, reason);
    // A WebSocket opens by GET what SPDY opens by POST: who may not create must not get in this way.
    const opensStreams = request.exchange?.isUpgrade && attributes.verb === 'get' && CONNECTS.has(attributes.subresource) && attributes.resource === 'pods';
    return opensStreams ? this.#authorizeCreate({ ...attributes, verb: 'create' }) : undefined;
  }

  async #authorizeCreate(attributes: AuthorizationAttributes): Promise<void> {
    const { decision, reason } = await this.#options.authorizer.authorize(attributes);
    if (decision !== 'allow') throw denied(attributes, reason);
  }

  /** A promise for answers that take their time. */
  #write(exchange: Exchange, answer: Answer, options: RenderOptions, request: ApiRequest): Promise<unknown> | undefined {
    if (answer.type === 'stream') {
      request.audit?.started(answer.status, request.annotations);
      return answer.serve(exchange);
    }
    if (answer.type === 'events') throw new Error('events are for components of this process');
    if (answer.type !== 'watch') {
      const startMs = request.audit ? this.#options.clock.monotonic() : 0;
      render(exchange, answer, options);
      request.audit?.took('serialize-response-object', this.#options.clock.monotonic() - startMs);
      return undefined;
    }
    const { session, resource, form } = answer;
    const open = this.#options.openWatches.open();
    const heard = this.#options.limiter?.watchOpened?.(request.info);
    void session.ended.then(() => {
      open[Symbol.dispose]();
      heard?.[Symbol.dispose]();
    });
    request.audit?.started(answer.status, request.annotations);
    const headers = { ...commonHeaders(options.auditId, request.warnings), ...options.headers };
    if (exchange.isUpgrade) watchOverWebSocket(exchange, session, { resource, form });
    else writeWatch(exchange, session, { resource, form, headers, tally: this.#options.watches.tallyOf(resource) });
    return session.ended;
  }

  /** Answers an error, unless an answer is on its way. Gives what the client was told, or would have been. */
  #fail(exchange: Exchange, error: unknown, options: RenderOptions, info: RequestInfo | undefined): Status {
    const status = this.statusOf(error, `${exchange.method} ${exchange.path}`);
    if (exchange.isAnswered) {
      if (!isGone(error, exchange)) this.#options.logger.error('an answer broke off', { path: exchange.path, error });
      exchange.destroy();
      return status;
    }
    const answer = error instanceof PlainError ? plainAnswer(error) : statusAnswer(status, errorForm(exchange, info));
    const retry = status.details?.retryAfterSeconds;
    try {
      render(exchange, { ...answer, ...(retry !== undefined && { headers: { 'retry-after': String(retry) } }) } as Exclude<Answer, { type: 'watch' | 'events' | 'stream' }>, options);
    } catch (broken) {
      this.#options.logger.error('a refusal could not be sent', { path: exchange.path, error: broken });
      exchange.destroy();
    }
    return status;
  }

  /** What a client is told of an error: its Status, or that of a bug, which is logged. */
  statusOf(error: unknown, what: string): Status {
    if (StatusError.is(error)) return error.status;
    if (error instanceof PlainError) return failure(error.code, error.code === 400 ? 'BadRequest' : 'InternalError', error.message).status;
    if (error instanceof BodyAbortedError) return badRequest('unexpected EOF').status;
    if (error instanceof RangeError && error.message.includes('call stack')) return badRequest('the object is nested too deeply: exceeded max depth').status;
    if (error instanceof StoreFullError) return failure(503, 'ServiceUnavailable', `the store is full: ${error.message}`, { retryAfterSeconds: 5 }).status;
    this.#options.logger.error('a request met a bug', { request: what, error });
    return internalError(error instanceof Error ? error.message : String(error)).status;
  }
}

/** What the credentials themselves give cause to say. */
function tellOf(identity: Identity, warnings: string[], annotations: Map<string, string>): void {
  warnings.push(...(identity.warnings ?? []));
  if (identity.annotations) annotate(annotations, identity.annotations);
}

function annotate(annotations: Map<string, string>, more: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(more)) annotations.set(key, value);
}

function uriOf({ info, query }: Pick<ApiRequest, 'info' | 'query'>): string {
  return query.isEmpty ? info.path : `${info.path}?${query.toString()}`;
}

/** Of what fails before anybody knows what is asked for. */
function plainAnswer({ code, message }: PlainError): Answer {
  return { status: code, type: 'bytes', contentType: 'text/plain; charset=utf-8', bytes: Buffer.from(message) };
}

/** Whether nothing of an answer is still to come once its head has gone out. */
function isWhole({ type }: Answer): boolean {
  return type !== 'watch' && type !== 'stream' && type !== 'events';
}

/** Requests that may last as long as their client wants. */
function isLongRunning({ verb, subresource }: RequestInfo): boolean {
  return verb === 'watch' || subresource === 'log' || subresource === 'proxy' || CONNECTS.has(subresource);
}

/** Of a write its handler tells, of a read what stands before it. Source: apiserver pkg/endpoints/handlers/finisher and pkg/server/filters/timeout.go. */
function timedOut(method: string): StatusError {
  const isRead = method === 'GET' || method === 'HEAD';
  return failure(504, 'Timeout', `Timeout: request did not complete within ${isRead ? 'the allotted timeout' : 'requested timeout - context deadline exceeded'}`, {});
}

function isGone(error: unknown, exchange: Exchange): boolean {
  return exchange.signal.aborted || error instanceof BodyAbortedError;
}

function infoOf(exchange: Exchange, query: Query): RequestInfo {
  return requestInfo(exchange.method, exchange.path, (name) => query.get(name), exchange.query);
}

/** What became of identities that come again: those of tokens that are kept. */
const grouped = new WeakMap<Identity, Identity>();

function withGroup(identity: Identity): Identity {
  let known = grouped.get(identity);
  if (!known) grouped.set(identity, (known = addGroup(identity)));
  return known;
}

function addGroup(identity: Identity): Identity {
  const { user } = identity;
  if (user.name === ANONYMOUS.user.name || user.groups.includes(AUTHENTICATED) || user.groups.includes('system:unauthenticated')) return identity;
  return { ...identity, user: { ...user, groups: [...user.groups, AUTHENTICATED] } };
}

const NOBODY: UserInfo = { name: '', groups: [] };

function auditedRequest<T extends Pick<AuditedRequest, 'info' | 'auditId' | 'user'>>(exchange: Exchange, known: T): AuditedRequest & T {
  return { ...known, uri: exchange.query === '' ? exchange.path : `${exchange.path}?${exchange.query}`, headers: exchange.headers, remoteAddress: exchange.remoteAddress };
}

function isBug(error: unknown): boolean {
  return !StatusError.is(error) && !(error instanceof PlainError) && !(error instanceof BodyAbortedError) && !(error instanceof StoreFullError);
}

/** `pretty` as the query says, else for people: browsers and command-line tools. */
function isPretty(exchange: Exchange, query: Query): boolean {
  const asked = query.get('pretty');
  if (asked !== undefined && asked !== '') return parsesAsTrue(asked);
  const agent = exchange.headers['user-agent'];
  return typeof agent === 'string' && /^(?:curl|Wget|Mozilla\/5\.0)/.test(agent);
}

/** Refusals are written in the form asked for, where that is possible. */
function errorForm(exchange: Exchange, info: RequestInfo | undefined): OutputForm {
  if (info?.isResourceRequest !== true) return JSON_FORM;
  try {
    const { media, pretty } = negotiateOutput(headerOf(exchange, 'accept'), { media: BUILT_IN_MEDIA, transformations: true, stream: 'only' });
    return { media, as: undefined, ...(pretty && { pretty }) };
  } catch (error) {
    if (StatusError.is(error)) return JSON_FORM;
    throw error;
  }
}
