import type { Status } from '../apimachinery/status.ts';
import type { Entry } from './cacher/entry.ts';
import type { Exchange, OutgoingHeaders } from './http/exchange.ts';
import type { OutputForm } from './http/negotiation.ts';
import type { WatchEvent } from '../client/transport.ts';
import type { ServedResource } from './registry/served-resource.ts';
import type { WatchSession } from './handlers/watch-session.ts';

/** What a handler answers; how it is written is the business of `http/render.ts` or of the in-process transport. */
export type Answer = { readonly status: number; readonly headers?: OutgoingHeaders } & Content;

export type Content =
  | { readonly type: 'entry'; readonly entry: Entry; readonly resource: ServedResource; readonly form: OutputForm }
  | ListContent
  /** An object that is not stored as such: a Status, a Scale, a review. `message`: where its protobuf encoding is stated. */
  | { readonly type: 'object'; readonly object: object; readonly message?: string; readonly form: OutputForm }
  | { readonly type: 'bytes'; readonly contentType: string; readonly bytes: Uint8Array }
  | { readonly type: 'watch'; readonly session: WatchSession; readonly resource: ServedResource; readonly form: OutputForm }
  /** A watch that another server answers, for components of this process. */
  | { readonly type: 'events'; readonly events: AsyncIterable<readonly WatchEvent[]> }
  /** The handler speaks to the client itself: proxies and upgrades. Resolves when the exchange has ended. */
  | { readonly type: 'stream'; serve(exchange: Exchange): Promise<void> };

export interface ListContent {
  readonly type: 'list';
  readonly entries: readonly Entry[];
  readonly revision: number;
  readonly continue?: string | undefined;
  readonly remaining?: number | undefined;
  readonly resource: ServedResource;
  readonly form: OutputForm;
}

export function statusAnswer(status: Status, form: OutputForm): Answer {
  return { status: status.code ?? 200, type: 'object', object: status, message: 'meta.v1.Status', form };
}

export function success(details: Status['details'], form: OutputForm): Answer {
  return statusAnswer({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', ...(details && { details }) }, form);
}
