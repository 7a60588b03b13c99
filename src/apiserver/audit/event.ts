import type { UserInfo } from '../authentication/authenticator.ts';

/** How much of a request is recorded, from nothing to all. */
export const LEVELS = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
export type Level = (typeof LEVELS)[number];
export const STAGES = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;
export type Stage = (typeof STAGES)[number];

/** `audit.k8s.io/v1` Event. Source: "kube-apiserver Audit Configuration (v1)". */
export interface AuditEvent {
  kind: 'Event';
  apiVersion: 'audit.k8s.io/v1';
  level: Level;
  auditID: string;
  stage: Stage;
  requestURI: string;
  verb: string;
  user: object;
  impersonatedUser?: object;
  authenticationMetadata?: object;
  sourceIPs?: readonly string[];
  userAgent?: string;
  objectRef?: object;
  responseStatus?: object;
  requestObject?: unknown;
  responseObject?: unknown;
  requestReceivedTimestamp: string;
  stageTimestamp: string;
  annotations?: Readonly<Record<string, string>>;
}

/** Takes events one by one, as requests make them. */
export interface AuditBackend extends AsyncDisposable {
  /** Whether answers wait for what `write` promises; what it has done by its return comes before them anyway. */
  readonly holdsAnswers?: boolean;
  /**
   * Whether the request may go on; a promise where it waits for that. Never throws: what cannot be delivered is logged and counted, and is a reason to refuse the
   * request only where that was asked for. The event is not changed afterwards.
   */
  write(event: AuditEvent): boolean | Promise<boolean>;
}

/** Where events end: a file, a server. */
export interface AuditSink extends AsyncDisposable {
  /** Names it in metrics and in the log. */
  readonly name: 'log' | 'webhook';
  /** Throws, or rejects with, what keeps the events from where they belong. */
  send(events: readonly AuditEvent[], signal: AbortSignal): void | Promise<void>;
}

/** What handlers tell of a request that is recorded. */
export interface AuditTrail {
  /** Whether the event shows what was asked for, not only that. */
  readonly showsRequest: boolean;
  /** The body, once it has been read. Its owner may change it afterwards. */
  requestObject(object: unknown): void;
  /** So long one part of the server took, by the name of its annotation (`etcd`); what it took before is added. */
  took(layer: string, ms: number): void;
  /** The head of an answer goes out whose body takes long. */
  started(status: number, annotations: ReadonlyMap<string, string>): void;
}

export function userObject({ name, uid, groups, extra }: UserInfo): object {
  return { ...(name && { username: name }), ...(uid && { uid }), ...(groups.length > 0 && { groups: [...groups] }), ...(extra && Object.keys(extra).length > 0 && { extra }) };
}
