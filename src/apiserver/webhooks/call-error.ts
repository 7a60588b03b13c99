/** A webhook could not be called, or what it answered makes no sense. The message is what Go's HTTP client says. */
export class WebhookCallError extends Error {
  override readonly name = 'WebhookCallError';
  /** `calling_webhook_error` or another of upstream's reasons, as metrics name it. */
  readonly code: number;

  constructor(message: string, options?: ErrorOptions & { readonly code?: number }) {
    super(message, options);
    this.code = options?.code ?? 0;
  }
}

const CONNECT_TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused', EHOSTUNREACH: 'no route to host', ENETUNREACH: 'network is unreachable', ETIMEDOUT: 'connection timed out', EADDRNOTAVAIL: 'cannot assign requested address',
};
const UNKNOWN_AUTHORITY: ReadonlySet<string> = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'CERT_SIGNATURE_FAILURE',
]);

interface NodeError extends Error {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
  readonly host?: string;
  readonly cert?: { readonly subjectaltname?: string };
  readonly errors?: readonly NodeError[];
}

/** An error of Node's sockets and TLS in the words of Go's. */
export function goNetworkError(error: Error): string {
  const node = (error as NodeError).errors?.[0] ?? (error as NodeError);
  const { code = '', address = '', port = 0 } = node;
  const host = address.includes(':') ? `[${address}]` : address;
  if (CONNECT_TEXTS[code] !== undefined) return `dial tcp ${host}:${port}: connect: ${CONNECT_TEXTS[code]}`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `dial tcp: lookup ${node.hostname ?? ''}: no such host`;
  if (code === 'ECONNRESET') return 'EOF';
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) return 'tls: first record does not look like a TLS handshake';
  return certificateError(node) ?? node.message;
}

function certificateError({ code = '', cert, host = '' }: NodeError): string | undefined {
  const prefix = 'tls: failed to verify certificate: x509: ';
  if (UNKNOWN_AUTHORITY.has(code)) return `${prefix}certificate signed by unknown authority`;
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return `${prefix}certificate has expired or is not yet valid`;
  if (code !== 'ERR_TLS_CERT_ALTNAME_INVALID') return undefined;
  const names = (cert?.subjectaltname ?? '').split(', ').map((one) => one.slice(one.indexOf(':') + 1)).filter((one) => one !== '');
  return names.length === 0 ? `${prefix}certificate is not valid for any names, but wanted to match ${host}` : `${prefix}certificate is valid for ${names.join(', ')}, not ${host}`;
}

const STATUS_TEXTS: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason', 401: 'the server has asked for the client to provide credentials', 404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource', 409: 'the server reported a conflict', 422: 'the server rejected our request due to an error in our request',
  429: 'the server has received too many requests and has asked us to try again later', 503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
};

/** What client-go says of an answer that is not 2xx. Source: apimachinery pkg/api/errors, NewGenericServerResponse. */
export function serverResponseText(status: number, body: string): string {
  const said = body.trim();
  if (STATUS_TEXTS[status] !== undefined) return STATUS_TEXTS[status];
  if ([403, 406, 415].includes(status) && said !== '') return said;
  if (status >= 500) return `an error on the server (${JSON.stringify(said === '' ? 'unknown' : said)}) has prevented the request from succeeding`;
  return `the server responded with the status code ${status} but did not return more information`;
}
