/** What the suite's porter does: answers at each port of `SERVE_PORT_<n>` with its value, and over TLS at those of `SERVE_TLS_PORT_<n>`. */
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { ownCertificate } from './serve.ts';

for (const [name, value = ''] of Object.entries(process.env)) {
  const [, tls, port] = /^SERVE_(TLS_)?PORT_(\d+)$/.exec(name) ?? [];
  if (port === undefined) continue;
  const answer: RequestListener = (_, response) => void response.writeHead(200, { 'content-type': value.startsWith('<') ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8' }).end(value);
  (tls === undefined ? createHttpServer(answer) : createHttpsServer(ownCertificate(), answer)).listen(Number(port));
}
