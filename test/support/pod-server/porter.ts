/** What the suite's porter does: answers at each port of `SERVE_PORT_<n>` with its value, and over TLS at those of `SERVE_TLS_PORT_<n>`; with `JSON_RESPONSE` it says with which method it was asked, too. */
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { ownCertificate } from './serve.ts';

for (const [name, value = ''] of Object.entries(process.env)) {
  const [, tls, port] = /^SERVE_(TLS_)?PORT_(\d+)$/.exec(name) ?? [];
  if (port === undefined) continue;
  const answer: RequestListener = ({ method }, response) => {
    const said = process.env['JSON_RESPONSE'] === undefined ? value : JSON.stringify({ Method: method, Body: value });
    response.writeHead(200, { 'content-type': value.startsWith('<') ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8' }).end(said);
  };
  (tls === undefined ? createHttpServer(answer) : createHttpsServer(ownCertificate(), answer)).listen(Number(port));
}
