import type { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { authorityHash } from './certificates.ts';
import type { JoinToken } from './join-token.ts';

const HANDSHAKE_MS = 10_000;

/**
 * The certificate authority of the server at `url`, in PEM, checked against the hash in the token: what the server shows is only believed when it is
 * the authority that the token's giver meant. Throws Error, saying what to do, when it is not, or when the server cannot be reached.
 */
export async function fetchAuthority(url: string, token: JoinToken, signal: AbortSignal): Promise<string> {
  if (token.authorityHash === undefined) {
    throw new Error('the token does not say which certificate authority to trust; use one of "kubets token create", or give --certificate-authority FILE');
  }
  const shown = await shownCertificates(new URL(url), signal);
  const authority = shown.find((certificate) => authorityHash(certificate) === token.authorityHash);
  if (!authority) throw new Error(`the server at ${url} belongs to another cluster than the token; make a new token on it with "kubets token create"`);
  return authority.toString();
}

async function shownCertificates(url: URL, signal: AbortSignal): Promise<X509Certificate[]> {
  const { promise, resolve, reject } = Promise.withResolvers<X509Certificate[]>();
  // Nothing is sent on this connection: it only shows the certificates, which are then judged by their hash.
  const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 443), rejectUnauthorized: false, timeout: HANDSHAKE_MS, servername: 'kubernetes' });
  const onAbort = (): void => void socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  socket.once('secureConnect', () => {
    const chain: X509Certificate[] = [];
    for (let one = socket.getPeerX509Certificate(); one && chain.length < 8; one = one.issuerCertificate) chain.push(one);
    resolve(chain);
  });
  socket.once('timeout', () => socket.destroy(new Error('no answer')));
  socket.once('error', (error) => reject(new Error(`cannot reach the server at ${url.origin}: ${error.message}; is it running, and is the address right?`, { cause: error })));
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}
