import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { notFound } from '../../apimachinery/status.ts';

const ESCAPED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };

/** The answer of `/logs/`: the files of the node's logs, folders as pages of links. `path` is under `root`; links that lead out of it are not there. Throws `NotFound`. */
export async function serveLogFiles(root: string, path: string, response: ServerResponse): Promise<void> {
  const missing = (): Error => notFound({ group: '', resource: 'paths' }, `/logs/${path}`);
  const home = await realpath(root).catch(() => undefined);
  const file = home !== undefined && (await realpath(join(home, normalize(`/${path}`))).catch(() => undefined));
  if (home === undefined || !file || (file !== home && !file.startsWith(`${home}/`))) throw missing();
  const found = await stat(file);
  if (found.isDirectory()) {
    const entries = await readdir(file, { withFileTypes: true });
    const lines = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort().map((name) => `<a href="${encodeURI(name)}">${name.replaceAll(/[&<>"']/g, (letter) => ESCAPED[letter] ?? letter)}</a>\n`);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n${lines.join('')}</pre>\n`);
    return;
  }
  if (!found.isFile()) throw missing();
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  await pipeline(createReadStream(file), response);
}
