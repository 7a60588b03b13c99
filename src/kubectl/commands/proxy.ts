import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { chmodSync, createReadStream, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command, CommandContext } from '../command.ts';
import { CommandError } from '../errors.ts';
import { flag } from '../flags.ts';
import { forwardRequest, forwardUpgrade } from '../proxy/forward.ts';
import { ProxyFilter } from '../proxy/filter.ts';

export const proxy: Command = {
  name: 'proxy', usage: '[--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]', summary: 'Run a proxy to the Kubernetes API server',
  flags: {
    port: flag.int('The port on which to run the proxy. Set to 0 to pick a random port.', { short: 'p', default: '8001' }), address: flag.string('The IP address on which to serve on.', { default: '127.0.0.1' }),
    'unix-socket': flag.string('Unix socket on which to run the proxy.', { short: 'u' }), www: flag.string('Also serve static files from the given directory under the specified prefix.', { short: 'w' }), 'www-prefix': flag.string('Prefix to serve static files under, if static file directory is specified.', { short: 'P', default: '/static/' }),
    'api-prefix': flag.string('Prefix to serve the proxied API under.', { default: '/' }), 'accept-paths': flag.list('Regular expression for paths that the proxy should accept.', { default: '^.*' }), 'accept-hosts': flag.list('Regular expression for hosts that the proxy should accept.', { default: '^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$' }),
    'reject-paths': flag.list('Regular expression for paths that the proxy should reject. Paths specified here will be rejected even accepted by --accept-paths.', { default: '^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach' }), 'reject-methods': flag.list('Regular expression for HTTP methods that the proxy should reject (example --reject-methods=\'POST,PUT,PATCH\').', { default: '^$' }),
    'disable-filter': flag.bool('If true, disable request filtering in the proxy.'), keepalive: flag.string('Accepted for compatibility.', { default: '0s' }), 'append-server-path': flag.bool('If true, enables automatic path appending of the kube context server path to each request.'),
  },
  run: async (context) => {
    const { flags, io } = context;
    const filter = flags.bool('disable-filter') ? undefined : new ProxyFilter({ hosts: flags.list('accept-hosts'), paths: flags.list('accept-paths'), rejectedPaths: flags.list('reject-paths'), rejectedMethods: flags.list('reject-methods') });
    if (!filter) context.err('Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious\n');
    const prefix = flags.string('api-prefix').replace(/\/*$/, '/').replace(/^\/*/, '/');
    const server = createServer((request, response) => void serve(context, filter, prefix, request, response));
    server.on('upgrade', (request, socket, head) => {
      if (filter && !filter.accepts(asked(prefix, request))) socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
      else forwardUpgrade(context.connection, request, socket, head, apiPath(prefix, request.url ?? '/'));
    });
    const where = await listen(context, server);
    context.out(`Starting to serve on ${where}\n`);
    const { promise, resolve } = Promise.withResolvers<void>();
    io.signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    server.closeAllConnections();
    server.close();
  },
};

async function listen(context: CommandContext, server: Server): Promise<string> {
  const { flags } = context;
  const socket = flags.string('unix-socket');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', (error) => reject(new CommandError(error.message.replace(/^listen EADDRINUSE: address already in use (.*)$/, 'listen tcp $1: bind: address already in use'), { cause: error })));
  if (socket) server.listen(socket, () => resolve());
  else server.listen(flags.int('port'), flags.string('address'), () => resolve());
  await promise;
  if (socket) {
    chmodSync(socket, 0o600);
    return socket;
  }
  const bound = server.address();
  return typeof bound === 'object' && bound ? `${bound.address}:${bound.port}` : String(bound);
}

/** The path at the API server of a path under `--api-prefix`; undefined for one outside of it. */
function apiPath(prefix: string, url: string): string | undefined {
  return prefix === '/' ? url : url.startsWith(prefix) ? `/${url.slice(prefix.length)}` : undefined;
}

/** What the server is asked for: the filter looks at paths without the prefix. */
function asked(prefix: string, { method, url = '/', headers }: IncomingMessage): Pick<IncomingMessage, 'method' | 'url' | 'headers'> {
  return { method, url: apiPath(prefix, url) ?? url, headers } as Pick<IncomingMessage, 'method' | 'url' | 'headers'>;
}

async function serve(context: CommandContext, filter: ProxyFilter | undefined, prefix: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url ?? '/';
  const { flags } = context;
  if (filter && !filter.accepts(asked(prefix, request))) {
    response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' }).end('Forbidden');
    return;
  }
  const folder = flags.string('www');
  const staticPrefix = flags.string('www-prefix').replace(/\/*$/, '/');
  try {
    if (folder && url.startsWith(staticPrefix)) await serveFile(folder, decodeURIComponent(url.slice(staticPrefix.length).split('?')[0] ?? ''), response);
    else {
      const path = apiPath(prefix, url);
      if (path === undefined) response.writeHead(404).end('404 page not found\n');
      else await forwardRequest(context.connection, request, response, path);
    }
  } catch (error) {
    if (!response.headersSent) response.writeHead(502, { 'content-type': 'text/plain; charset=utf-8' });
    response.end((error as Error).message);
  }
}

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.json': 'application/json', '.svg': 'image/svg+xml', '.png': 'image/png', '.txt': 'text/plain; charset=utf-8' };

async function serveFile(folder: string, path: string, response: ServerResponse): Promise<void> {
  const full = join(folder, normalize(`/${path}`));
  const found = statSync(full, { throwIfNoEntry: false });
  const file = found?.isDirectory() ? join(full, 'index.html') : full;
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
    return;
  }
  response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
  await pipeline(createReadStream(file), response);
}
