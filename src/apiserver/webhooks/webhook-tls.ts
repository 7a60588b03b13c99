/** What the server shows and believes where a webhook is told of by a kubeconfig. */
export interface WebhookTls {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** A header that is sent several times has several values. */
export type RequestHeaders = Readonly<Record<string, string | string[]>>;
