/** The parts of the suite's guestbook: `node guestbook.ts primary | replica | frontend`. The primary hands what it is told on to replicas, which the frontend asks. */
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const [, , role = 'frontend'] = process.argv;
const BACKEND_PORT = 6379;
const store = new Map<string, string>();
const replicas = new Set<string>();

async function ask(host: string, path: string, query: Record<string, string>): Promise<string> {
  const answer = await fetch(`http://${host}${path}?${new URLSearchParams(query).toString()}`);
  if (!answer.ok) throw new Error(`${host}${path}: ${answer.status}`);
  return answer.text();
}

async function handle(path: string, query: URLSearchParams): Promise<string> {
  const key = query.get('key') ?? '';
  const value = query.get('value') ?? '';
  switch (path) {
    case '/guestbook':
      if (query.get('cmd') === 'get') return JSON.stringify({ data: await ask(`agnhost-replica:${BACKEND_PORT}`, '/get', { key }) });
      await ask(`agnhost-primary:${BACKEND_PORT}`, '/set', { key, value });
      return JSON.stringify({ message: 'Updated' });
    case '/register':
      replicas.add(query.get('host') ?? '');
      return JSON.stringify([...store]);
    case '/get':
      return store.get(key) ?? '';
    case '/set':
      store.set(key, value);
      await Promise.all([...replicas].map((replica) => ask(replica, '/set', { key, value })));
      return '';
    default:
      throw new Error(`there is no ${path}`);
  }
}

/** Until the primary knows it. What was written before, the primary tells then; what it has handed on meanwhile is newer. */
async function register(): Promise<void> {
  for (;;) {
    const told = await ask(`agnhost-primary:${BACKEND_PORT}`, '/register', { host: `${process.env.POD_IP}:${BACKEND_PORT}` }).catch(() => undefined);
    if (told !== undefined) {
      for (const [key, value] of JSON.parse(told) as [string, string][]) if (!store.has(key)) store.set(key, value);
      return;
    }
    await sleep(200);
  }
}

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://guestbook');
  void handle(pathname, searchParams).then((said) => response.writeHead(200, { 'content-type': 'text/plain' }).end(said), (error: unknown) => response.writeHead(500).end(String(error)));
}).listen(role === 'frontend' ? 80 : BACKEND_PORT);
if (role === 'replica') await register();
