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

/** Where events go. */
export interface AuditBackend extends AsyncDisposable {
  /** Must not throw for an event that it cannot deliver: it logs that. The event is not changed afterwards. */
  write(event: AuditEvent): void;
}

/** What handlers tell of a request that is recorded. */
export interface AuditTrail {
  /** Whether the event shows what was asked for, not only that. */
  readonly showsRequest: boolean;
  /** The body, once it has been read. Its owner may change it afterwards. */
  requestObject(object: unknown): void;
  /** The head of an answer goes out whose body takes long. */
  started(status: number, annotations: ReadonlyMap<string, string>): void;
}

export function userObject({ name, uid, groups, extra }: UserInfo): object {
  return { ...(name && { username: name }), ...(uid && { uid }), ...(groups.length > 0 && { groups: [...groups] }), ...(extra && Object.keys(extra).length > 0 && { extra }) };
}
