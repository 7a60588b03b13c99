/**
 * Replays recorded answers of a real kube-apiserver against a server of each store: `npm run conformity -- --golden DIR [--store lmdb,memory,etcd]
 * [--known FILE] [options of the replayer]`. DIR holds `replay.mjs` and `cases/`; the server is set up as its README asks. Exit code 0: no difference,
 * or with `--known` only those whose scenarios FILE names, each with its reason: `{"area / scenario": "why"}`, and those that did not differ again when they
 * were replayed once more, alone; these are told loudly. With `--known` whatever else differs is told at the end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { differencesOf, nameOf, scenarioOptions, type ReplayReport, type ScenarioResult } from './conformity-report.ts';

const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const CONTROLLERS = [
  'namespace-controller', 'serviceaccount-controller', 'serviceaccount-token-controller', 'root-ca-certificate-publisher-controller', 'garbage-collector-controller',
  'resourcequota-controller', 'clusterrole-aggregation-controller',
];
const READY_MS = 30_000;
// The server's certificate is of an authority made a moment ago.
process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
process.env['NODE_NO_WARNINGS'] = '1';

const { values, tokens } = parseArgs({ options: { golden: { type: 'string' }, known: { type: 'string' }, store: { type: 'string', default: 'lmdb,memory,etcd' } }, strict: false, tokens: true });
const golden = typeof values.golden === 'string' ? values.golden : undefined;
if (golden === undefined) {
  console.error('where are the recordings? --golden DIR');
  process.exit(2);
}
/** What is not for this script is for the replayer. */
const own = new Set(tokens.filter((token) => token.kind === 'option' && ['golden', 'known', 'store'].includes(token.name)).flatMap((token) => (token.kind === 'option' && !token.inlineValue ? [token.index, token.index + 1] : [token.index])));
const forReplayer = process.argv.slice(2).filter((_, i) => !own.has(i));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(timer);
}

/** An etcd of its own, on loopback. */
async function startEtcd(folder: string): Promise<{ process: ChildProcess; url: string }> {
  const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const child = spawn('etcd', [
    '--data-dir', join(folder, 'etcd'), '--listen-client-urls', client, '--advertise-client-urls', client, '--listen-peer-urls', peer,
    '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`, '--log-level', 'error',
  ], { stdio: 'ignore' });
  await until(async () => (await fetch(`${client}/health`)).ok);
  return { process: child, url: client };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + READY_MS;
  for (;;) {
    const isMet = await condition().catch(() => false);
    if (isMet) return;
    if (performance.now() > end) throw new Error('the server did not become ready');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const known = typeof values.known === 'string' ? (JSON.parse(readFileSync(values.known, 'utf8')) as Record<string, string>) : {};

/** Told at the very end, where a log that was cut off still has it. */
const news: string[] = [];

function readReport(file: string): readonly ScenarioResult[] {
  return (JSON.parse(readFileSync(file, 'utf8')) as ReplayReport).results;
}

/** Of the replayer's report: the scenarios that differ and are not known to. */
function unknownDifferences(results: readonly ScenarioResult[]): ScenarioResult[] {
  const differing = results.filter(({ ok }) => !ok);
  for (const name of differing.map(nameOf)) console.log(`${Object.hasOwn(known, name) ? `differs, as known: ${name}: ${known[name]}` : `differs: ${name}`}`);
  for (const result of results) if (result.ok && Object.hasOwn(known, nameOf(result))) console.log(`no longer differs: ${nameOf(result)}; take it out of ${String(values.known)}`);
  return differing.filter((result) => !Object.hasOwn(known, nameOf(result)));
}

/** Whether any of these differs when it is replayed once more, alone: else it differed by chance, which is told and fails nothing. */
async function differsAgain(differing: readonly ScenarioResult[], store: string, run: (options: readonly string[]) => Promise<{ code: number; report: string }>): Promise<boolean> {
  let isFailed = false;
  for (const first of differing) {
    const { code, report } = await run([...scenarioOptions(forReplayer), '--area', first.area, '--scenario', first.scenario]);
    const second = code <= 1 ? readReport(report).find((result) => nameOf(result) === nameOf(first)) : undefined;
    const isAgain = !second?.ok;
    if (isAgain) isFailed = true;
    news.push('', `${isAgain ? 'DIFFERS' : 'DIFFERED ONCE, NOT AGAIN'}: ${nameOf(first)} (store ${store})`, ...differencesOf(first));
  }
  return isFailed;
}

async function replay(store: string, folder: string): Promise<number> {
  const tokenFile = join(folder, 'tokens.csv');
  writeFileSync(tokenFile, 'T0,admin,admin,system:masters\nT1,alice,alice\nT2,bob,bob,dev\nT3,system:node:golden-node-1,node1,system:nodes\n', { mode: 0o600 });
  const port = await freePort();
  const server = spawn(process.execPath, [
    main, 'server', '--data-dir', join(folder, 'data'), '--store', store, '--bind-address', '127.0.0.1', '--port', String(port), '--disable-agent', '--disable-scheduler',
    '--token-auth-file', tokenFile, '--enable-admission-plugins', 'NodeRestriction', '--enable-bootstrap-token-auth', '--controllers', CONTROLLERS.join(','),
  ], { stdio: ['ignore', 'ignore', 'inherit'] });
  const url = `https://127.0.0.1:${port}`;
  let code: number;
  try {
    await until(async () => server.exitCode !== null || (await fetch(`${url}/readyz`)).ok);
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}`);
    code = await compare(url, store, folder);
  } finally {
    await stop(server);
  }
  if (server.exitCode === 0) return code;
  news.push('', `THE SERVER ENDED WITH ${server.exitCode ?? server.signalCode} (store ${store})`);
  return Math.max(code, 1);
}

async function compare(url: string, store: string, folder: string): Promise<number> {
  if (values.known === undefined) return runReplayer(url, forReplayer);
  let runs = 0;
  const run = async (options: readonly string[]): Promise<{ code: number; report: string }> => {
    const report = join(folder, `report-${++runs}.json`);
    return { code: await runReplayer(url, [...options, '--json', report]), report };
  };
  const { code, report } = await run(forReplayer);
  if (code !== 1) return code;
  return (await differsAgain(unknownDifferences(readReport(report)), store, run)) ? 1 : 0;
}

async function runReplayer(url: string, options: readonly string[]): Promise<number> {
  const users = ['--token-admin', 'T0', '--token-user', 'alice=T1', 'bob=T2', 'node1=T3'];
  const replayer = spawn(process.execPath, [join(String(golden), 'replay.mjs'), '--server', url, '--insecure', ...users, ...options], { stdio: 'inherit' });
  const [code] = (await once(replayer, 'exit')) as [number | null];
  return code ?? 2;
}

let failed = 0;
for (const name of String(values.store).split(',')) {
  const folder = mkdtempSync(join(tmpdir(), 'kubets-conformity-'));
  const etcd = name === 'etcd' ? await startEtcd(folder) : undefined;
  console.log(`== store ${name}`);
  try {
    const code = await replay(etcd ? `etcd=${etcd.url}` : name, folder);
    failed = Math.max(failed, code);
  } finally {
    if (etcd) await stop(etcd.process);
    rmSync(folder, { recursive: true, force: true });
  }
}
for (const line of news) console.log(line);
process.exit(failed);
