import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger, type Logger } from '../../src/base/logger.ts';
import { SystemRandom } from '../../src/base/random.ts';
import { ApiServer, type ApiServerOptions } from '../../src/apiserver/index.ts';
import type { Authenticator, UserInfo } from '../../src/apiserver/authentication/authenticator.ts';
import type { ClientTimeouts } from '../../src/apiserver/http/listener.ts';
import type { Authorizer } from '../../src/apiserver/authorization/authorizer.ts';
import { issueCredentials, newAuthority } from '../../src/pki/index.ts';
import { MemoryStore } from '../../src/storage/memory/memory-store.ts';
import type { Store } from '../../src/storage/store.ts';

export interface TestServer extends AsyncDisposable {
  readonly server: ApiServer;
  readonly url: string;
  readonly ca: string;
}

export const ADMIN_TOKEN = 'admin-token';
export const admin: UserInfo = { name: 'admin', groups: ['system:masters', 'system:authenticated'] };

/** Users by bearer token; a token of nobody is refused by the server's 401. */
export function tokenUsers(users: Readonly<Record<string, UserInfo>>): Authenticator {
  return {
    authenticate: ({ headers }) => {
      const header = headers['authorization'];
      const user = typeof header === 'string' && header.startsWith('Bearer ') ? users[header.slice('Bearer '.length)] : undefined;
      return user && { user };
    },
  };
}

const everyone: Authorizer = { authorize: () => ({ decision: 'allow', reason: '' }) };

/** A server on a port of loopback, on a memory store unless another one is given; `ADMIN_TOKEN` is its administrator's. */
export async function startTestServer(options: Partial<ApiServerOptions> & { store?: Store; port?: number; logger?: Logger; timeouts?: Partial<ClientTimeouts>; maxConnections?: number } = {}): Promise<TestServer> {
  const clock = new SystemClock();
  const now = clock.now();
  const validity = { notBefore: now - 60_000, notAfter: now + 86_400_000 };
  const authority = newAuthority({ commonName: 'test-ca', ...validity });
  const credentials = issueCredentials(authority, { subject: { commonName: 'kube-apiserver' }, names: { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] }, usages: ['server auth'], ...validity });
  const controller = new AbortController();
  const store = options.store ?? new MemoryStore({ clock });
  if (!options.store) await store.start(controller.signal);
  const server = new ApiServer({
    clock, random: new SystemRandom(), logger: silentLogger, authenticators: [tokenUsers({ [ADMIN_TOKEN]: admin })], authorizers: [everyone], admission: [],
    listen: { bindAddress: '127.0.0.1', port: options.port ?? 0, tls: { cert: credentials.certificatePem, key: credentials.keyPem }, ...(options.timeouts && { timeouts: options.timeouts }), ...(options.maxConnections !== undefined && { maxConnections: options.maxConnections }) },
    ...options, store,
  });
  await server.start(controller.signal);
  server.setReady();
  return {
    server, url: `https://127.0.0.1:${server.port}`, ca: authority.certificatePem,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      if (!options.store) await store[Symbol.asyncDispose]();
      controller.abort();
    },
  };
}
