import { once } from 'node:events';
import { writeFileSync, createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../../src/base/logger.ts';
import { ImageRegistry } from '../../../src/cluster/images/image-registry.ts';
import { ImageStore } from '../../../src/cluster/images/image-store.ts';
import { buildBusyboxImage } from '../../../src/runtime/index.ts';

/** A registry on loopback that gives its images to those who know a password. */
export interface PrivateRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Who asked for a manifest, by name; '' for nobody, and whether they were let in. */
  readonly asked: { readonly user: string; readonly allowed: boolean }[];
  /** Passwords by user name. */
  readonly users: Map<string, string>;
}

/** Holds `repositories`, each with the tag 1. */
export async function startPrivateRegistry(repositories: readonly string[]): Promise<PrivateRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'registry-'));
  const store = new ImageStore(join(folder, 'store'));
  writeFileSync(join(folder, 'busybox.tar'), await buildBusyboxImage({ references: repositories.map((name) => `docker.io/${name}:1`) }));
  await store.load(createReadStream(join(folder, 'busybox.tar')));
  const open = new ImageRegistry({ store, address: '127.0.0.1', port: 0, logger: silentLogger });
  await open.start(new AbortController().signal);
  const users = new Map<string, string>();
  const asked: { user: string; allowed: boolean }[] = [];
  const guard = createServer((incoming, answer) => {
    const [user = '', password] = Buffer.from(/^Basic (.*)$/.exec(incoming.headers.authorization ?? '')?.[1] ?? '', 'base64').toString('utf8').split(':');
    const allowed = users.get(user) !== undefined && users.get(user) === password;
    if (incoming.url?.includes('/manifests/')) asked.push({ user, allowed });
    if (!allowed) return void answer.writeHead(401, { 'www-authenticate': 'Basic realm="private"' }).end();
    const onward = httpRequest({ host: '127.0.0.1', port: open.port, path: incoming.url, method: incoming.method }, (found) => {
      answer.writeHead(found.statusCode ?? 500, found.headers);
      found.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    onward.end();
  }).listen(0, '127.0.0.1');
  await once(guard, 'listening');
  return {
    host: `127.0.0.1:${(guard.address() as AddressInfo).port}`, asked, users,
    async [Symbol.asyncDispose]() {
      guard.closeAllConnections();
      guard.close();
      await open[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}
