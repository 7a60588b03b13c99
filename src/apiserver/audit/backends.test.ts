import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { SystemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/logger.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { until } from '../../../test/support/until.ts';
import { AuditMetrics } from './audit-metrics.ts';
import { BatchingBackend, type BatchOptions } from './batching-backend.ts';
import { BlockingBackend } from './blocking-backend.ts';
import type { AuditEvent, AuditSink } from './event.ts';
import { legacyLine } from './legacy-format.ts';
import { LogSink } from './log-sink.ts';
import { RotatedFile } from './rotated-file.ts';
import { TruncatingSink } from './truncating-sink.ts';
import { WebhookSink } from './webhook-sink.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubets-audit-'));
after(() => rmSync(folder, { recursive: true }));

const eventOf = (auditID: string, more: object = {}): AuditEvent => ({ auditID, level: 'Metadata', ...more }) as AuditEvent;

function newFolder(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

/** A place for events that may refuse them. */
class Place implements AuditSink {
  readonly name = 'webhook';
  readonly batches: string[][] = [];
  error: Error | undefined;

  send(events: readonly AuditEvent[]): void {
    if (this.error) throw this.error;
    this.batches.push(events.map(({ auditID }) => auditID));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve();
  }
}

const BATCH: BatchOptions = { bufferSize: 10, maxBatchSize: 3, maxBatchWaitMs: 1000, throttle: undefined };

test('a full log is put aside, and old ones go', async () => {
  const clock = new VirtualClock();
  const path = join(newFolder('rotated'), 'audit.log');
  await using file = new RotatedFile({ path, maxAgeDays: 0, maxBackups: 2, maxSizeMegabytes: 1, compress: false, clock, logger: silentLogger });
  for (let i = 0; i < 5; i++) {
    file.append(`${'x'.repeat(600_000)}\n`);
    await clock.advance(1000);
  }
  assert.equal(readFileSync(path, 'utf8').trim().split('\n').length, 1);
  assert.equal(readdirSync(join(folder, 'rotated')).filter((name) => /^audit-\d{4}-.*\.log$/.test(name)).length, 2);
});

test('age is told by names, and other files stay', async () => {
  const clock = new SystemClock();
  const place = newFolder('aged');
  for (const name of ['audit-2020-01-01T00-00-00.000.log', 'audit-2020-01-01T00-00-00.000.log.gz', 'audit-old.log', 'other-2020-01-01T00-00-00.000.log']) writeFileSync(join(place, name), '');
  await using file = new RotatedFile({ path: join(place, 'audit.log'), maxAgeDays: 1, maxBackups: 0, maxSizeMegabytes: 1, compress: false, clock, logger: silentLogger });
  file.append('x'.repeat(1_000_000));
  file.append('x'.repeat(1_000_000));
  assert.deepEqual(readdirSync(place).filter((name) => name.includes('2020') || name.includes('old')).sort(), ['audit-old.log', 'other-2020-01-01T00-00-00.000.log']);
});

test('files that are put aside are compressed where that is asked for', async () => {
  const place = newFolder('compressed');
  await using file = new RotatedFile({ path: join(place, 'audit.log'), maxAgeDays: 0, maxBackups: 0, maxSizeMegabytes: 1, compress: true, clock: new SystemClock(), logger: silentLogger });
  file.append('a'.repeat(1_000_000));
  file.append('b'.repeat(1_000_000));
  const compressed = (): string[] => readdirSync(place).filter((name) => name !== 'audit.log');
  await until('the file is compressed', async () => compressed().every((name) => name.endsWith('.log.gz')));
  assert.deepEqual(compressed().map((name) => gunzipSync(readFileSync(join(place, name))).toString()), ['a'.repeat(1_000_000)]);
});

test('a batch goes when it is full or has waited, and what does not fit the buffer is dropped and counted', async () => {
  const clock = new VirtualClock();
  const sink = new Place();
  const metrics = new AuditMetrics();
  await using backend = new BatchingBackend({ ...BATCH, sink, isParallel: false, metrics, clock, logger: silentLogger });
  for (let i = 0; i < 4; i++) backend.write(eventOf(String(i)));
  await clock.advance(1000);
  assert.deepEqual(sink.batches, [['0', '1', '2'], ['3']]);
  for (let i = 0; i < 12; i++) backend.write(eventOf(String(i)));
  assert.match(metrics.text(), /apiserver_audit_error_total\{plugin="buffered"\} \d+\n/);
});

test('batches are held back to so many a second', async () => {
  const clock = new VirtualClock();
  const sink = new Place();
  await using backend = new BatchingBackend({ ...BATCH, bufferSize: 100, maxBatchSize: 1, throttle: { perSecond: 2, burst: 3 }, sink, isParallel: false, metrics: new AuditMetrics(), clock, logger: silentLogger });
  for (let i = 0; i < 6; i++) backend.write(eventOf(String(i)));
  await clock.advance(1);
  assert.equal(sink.batches.length, 3);
  await clock.advance(501);
  assert.equal(sink.batches.length, 4);
  await clock.advance(5000);
  assert.equal(sink.batches.length, 6);
});

test('what cannot be delivered is counted, and refuses requests in the strict mode only', async () => {
  const sink = new Place();
  const metrics = new AuditMetrics();
  await using lenient = new BlockingBackend({ sink, isStrict: false, metrics, logger: silentLogger });
  await using strict = new BlockingBackend({ sink, isStrict: true, metrics, logger: silentLogger });
  assert.deepEqual([lenient.write(eventOf('a')), strict.write(eventOf('b'))], [true, true]);
  sink.error = new Error('full');
  assert.deepEqual([lenient.write(eventOf('c')), strict.write(eventOf('d'))], [true, false]);
  assert.match(metrics.text(), /apiserver_audit_error_total\{plugin="webhook"\} 2\n/);
});

test('large events lose their objects, larger ones go, and large batches are divided', async () => {
  const seen: AuditEvent[][] = [];
  const sink: AuditSink = { name: 'log', send: (events) => void seen.push([...events]), [Symbol.asyncDispose]: () => Promise.resolve() };
  const metrics = new AuditMetrics();
  await using truncating = new TruncatingSink(sink, { maxEventSize: 500, maxBatchSize: 600, metrics, logger: silentLogger });
  const { signal } = new AbortController();
  await truncating.send([
    eventOf('small'), eventOf('cut', { level: 'Request', requestObject: 'x'.repeat(600), annotations: { a: 'b' } }), eventOf('gone', { requestURI: 'x'.repeat(600) }), eventOf('half', { requestURI: 'x'.repeat(400) }), eventOf('other', { requestURI: 'x'.repeat(400) }),
  ], signal);
  assert.deepEqual(seen.map((batch) => batch.map(({ auditID }) => auditID)), [['small', 'cut', 'half'], ['other']].map((one) => one));
  assert.deepEqual(seen[0]?.[1], { auditID: 'cut', level: 'Request', annotations: { a: 'b', 'audit.k8s.io/truncated': 'true' } });
  assert.match(metrics.text(), /plugin="truncate"\} 1\n/);
});

test('a webhook gets lists, and once more when it did not answer', async () => {
  const clock = new VirtualClock();
  const lists: { items: readonly AuditEvent[] }[] = [];
  let answers = [500, 200];
  const transport = {
    send: async ({ body }: { body?: unknown }) => {
      const [status = 200, ...rest] = answers;
      answers = rest;
      if (status === 200) lists.push(body as (typeof lists)[number]);
      return { status, headers: {}, body: undefined };
    },
    watch: () => Promise.reject(new Error('no watch')),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  await using backend = new BatchingBackend({ ...BATCH, sink: new WebhookSink({ transport, initialBackoffMs: 500, clock }), isParallel: true, metrics: new AuditMetrics(), clock, logger: silentLogger });
  for (let i = 0; i < 4; i++) backend.write(eventOf(String(i)));
  await clock.advance(400);
  assert.deepEqual(lists.map(({ items }) => items.map((one) => one.auditID)), [['3']]);
  await clock.advance(500);
  assert.deepEqual(lists.map(({ items }) => items.map((one) => one.auditID)), [['3'], ['0', '1', '2']]);
});

test('what waits at the end is delivered', async () => {
  const sink = new Place();
  const backend = new BatchingBackend({ ...BATCH, sink, isParallel: false, metrics: new AuditMetrics(), clock: new VirtualClock(), logger: silentLogger });
  backend.write(eventOf('a'));
  await backend[Symbol.asyncDispose]();
  assert.deepEqual(sink.batches, [['a']]);
});

test('events as lines of text', async () => {
  const path = join(folder, 'legacy.log');
  const event = {
    auditID: 'i', stage: 'ResponseComplete', verb: 'get', user: { username: 'u', groups: ['a', 'b'] }, sourceIPs: ['10.0.0.1'], userAgent: 'k "x"', objectRef: { namespace: 'ns' }, requestURI: '/api', responseStatus: { code: 200 },
    requestReceivedTimestamp: '2026-01-02T03:04:05.678901Z',
  } as unknown as AuditEvent;
  const line = String.raw`2026-01-02T03:04:05.678901Z AUDIT: id="i" stage="ResponseComplete" ip="10.0.0.1" method="get" user="u" groups="\"a\",\"b\"" as="<self>" asgroups="<lookup>" user-agent="k \"x\"" namespace="ns" uri="/api" response="200"`;
  assert.equal(legacyLine(event), line);
  const sink = new LogSink({ path, format: 'legacy', maxAgeDays: 0, maxBackups: 0, maxSizeMegabytes: 1, compress: false, clock: new SystemClock(), logger: silentLogger });
  sink.send([event]);
  await sink[Symbol.asyncDispose]();
  assert.ok(existsSync(path) && readFileSync(path, 'utf8') === `${line}\n`);
});
