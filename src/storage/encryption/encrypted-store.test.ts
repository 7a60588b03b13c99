import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { KmsPlugin } from '../../../test/support/kms-plugin.ts';
import { until } from '../../../test/support/until.ts';
import { type Clock, SystemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/logger.ts';
import { SystemRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { MemoryStore } from '../memory/memory-store.ts';
import { bytes, Recorder, storeSuite } from '../store-suite.ts';
import type { EncryptionRule, ProviderConfiguration } from './configuration.ts';
import { EncryptedStore } from './encrypted-store.ts';
import { Transformers } from './transformers.ts';

const never = new AbortController().signal;
const KEY = '/registry/core/secrets/default/s';
const secret = (fill: number): Buffer => Buffer.alloc(32, fill);
const gcm = (...names: readonly string[]): ProviderConfiguration => ({ kind: 'aesgcm', keys: names.map((name) => ({ name, secret: secret(name.charCodeAt(0)) })) });
const rule = (...providers: readonly ProviderConfiguration[]): EncryptionRule[] => [{ resources: ['secrets', 'widgets.example.com'], providers }];

function transformers(rules: readonly EncryptionRule[], clock: Clock = new SystemClock()): Transformers {
  return new Transformers(rules, { clock, random: new SystemRandom(), logger: silentLogger });
}

/** A store that leaves its inner one open: what a server finds when it starts with another configuration. */
async function reopen(inner: MemoryStore, rules: readonly EncryptionRule[], clock?: Clock): Promise<EncryptedStore> {
  const made = transformers(rules, clock);
  await made.start(never);
  return new EncryptedStore(inner, made);
}

async function startedMemory(clock: Clock = new SystemClock()): Promise<MemoryStore> {
  const inner = new MemoryStore({ clock });
  await inner.start(never);
  return inner;
}

const textOf = async (store: { get(key: string): Promise<{ value: Uint8Array } | undefined> }, key = KEY): Promise<string | undefined> => {
  const stored = await store.get(key);
  return stored && Buffer.from(stored.value).toString('latin1');
};

storeSuite('encrypted', {
  decidesInCall: true,
  clock: () => new VirtualClock(),
  open: async (clock) => {
    const store = new EncryptedStore(new MemoryStore({ clock }), transformers([{ resources: ['*.*'], providers: [gcm('a')] }], clock));
    await store.start(never);
    return store;
  },
  pass: (clock, ms) => (clock as VirtualClock).advance(ms),
});

for (const provider of [gcm('a'), { kind: 'aescbc', keys: [{ name: 'a', secret: secret(2) }] }, { kind: 'secretbox', keys: [{ name: 'a', secret: secret(3) }] }] as const) {
  test(`${provider.kind} hides the value and gives it back`, async () => {
    await using inner = await startedMemory();
    const store = await reopen(inner, rule(provider));
    await store.commit({ key: KEY, value: bytes('the secret'), expected: 0 });
    const stored = (await textOf(inner)) ?? '';
    assert.ok(stored.startsWith(`k8s:enc:${provider.kind}:v1:a:`));
    assert.ok(!stored.includes('the secret'));
    assert.equal(await textOf(await reopen(inner, rule(provider))), 'the secret');
  });
}

test('resources that no rule names are stored as they are; custom resources can be named', async () => {
  await using inner = await startedMemory();
  const store = await reopen(inner, rule(gcm('a')));
  await store.commit({ key: '/registry/core/configmaps/default/c', value: bytes('open'), expected: 0 });
  await store.commit({ key: '/registry/example.com/widgets/default/w', value: bytes('closed'), expected: 0 });
  assert.equal(await textOf(inner, '/registry/core/configmaps/default/c'), 'open');
  assert.match((await textOf(inner, '/registry/example.com/widgets/default/w')) ?? '', /^k8s:enc:aesgcm/);
});

test('of keys named alike each is tried, and two rules about one resource are taken together', async () => {
  await using inner = await startedMemory();
  const of = (fill: number): ProviderConfiguration => ({ kind: 'aesgcm', keys: [{ name: 'a', secret: secret(fill) }] });
  await (await reopen(inner, rule(of(1)))).commit({ key: KEY, value: bytes('the secret'), expected: 0 });
  assert.equal(await textOf(await reopen(inner, rule(of(2), of(1)))), 'the secret');
  assert.equal(await textOf(await reopen(inner, [...rule(of(2)), { resources: ['*.'], providers: [] }, ...rule(of(1))])), 'the secret');
  await assert.rejects(reopen(inner, rule(of(2), of(3))).then(textOf), /secrets\/default\/s cannot be decrypted/);
});

test('a value moved to another key is not read there', async () => {
  await using inner = await startedMemory();
  const store = await reopen(inner, rule(gcm('a')));
  await store.commit({ key: KEY, value: bytes('mine'), expected: 0 });
  const stolen = await inner.get(KEY);
  await inner.commit({ key: '/registry/core/secrets/default/other', value: stolen?.value, expected: 0 });
  await assert.rejects(reopen(inner, rule(gcm('a'))).then((other) => other.get('/registry/core/secrets/default/other')), /other cannot be decrypted/);
});

test('a key is rotated by listing it first and writing again', async () => {
  await using inner = await startedMemory();
  const store = await reopen(inner, rule({ kind: 'identity' }));
  await store.commit({ key: KEY, value: bytes('old'), expected: 0 });
  assert.equal(store.isStale(KEY), false);
  await store.use(transformers(rule(gcm('b', 'a'), { kind: 'identity' })));
  assert.equal(await textOf(store), 'old');
  assert.equal(store.isStale(KEY), true);
  await store.commit({ key: KEY, value: bytes('old'), expected: undefined });
  assert.equal(await textOf(store), 'old');
  assert.equal(store.isStale(KEY), false);
  await assert.rejects(reopen(inner, rule(gcm('a'))).then((other) => other.get(KEY)), /no provider of the encryption configuration reads .* stored under k8s:enc:aesgcm:v1:b:/);
  await assert.rejects(reopen(inner, []).then((other) => other.range({ prefix: '/registry/' })), /list that provider/);
});

async function plugin(context: TestContext): Promise<KmsPlugin> {
  const folder = mkdtempSync(join(tmpdir(), 'kubets-kms-'));
  const started = await new KmsPlugin(join(folder, 'kms.sock')).start();
  context.after(async () => {
    await started[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  return started;
}

const kms = ({ endpoint }: KmsPlugin): ProviderConfiguration => ({ kind: 'kms', name: 'vault', endpoint, timeoutMs: 30_000 });

test('a KMS plugin is asked once for each of its keys, and its new key makes values stale', async (context) => {
  const service = await plugin(context);
  await using inner = await startedMemory();
  await using made = transformers(rule(kms(service)));
  await made.start(never);
  const store = new EncryptedStore(inner, made);
  for (const name of ['a', 'b', 'c']) await store.commit({ key: `${KEY}${name}`, value: bytes(name), expected: 0 });
  assert.match((await textOf(inner, `${KEY}a`)) ?? '', /^k8s:enc:kms:v2:vault:/);
  assert.equal(service.decrypts, 0);

  await using next = transformers(rule(kms(service)));
  service.rotate('key-2');
  await next.start(never);
  const restarted = new EncryptedStore(inner, next);
  const { items } = await restarted.range({ prefix: KEY });
  assert.deepEqual(items.map(({ value }) => Buffer.from(value).toString()), ['a', 'b', 'c']);
  assert.equal(service.decrypts, 1);
  assert.equal(restarted.isStale(`${KEY}a`), true);
});

test('events that wait for a KMS plugin keep their order', async (context) => {
  const service = await plugin(context);
  await using inner = await startedMemory();
  const writer = await reopen(inner, rule(kms(service)));
  context.after(() => writer[Symbol.asyncDispose]());
  const reader = await reopen(inner, rule(kms(service)));
  context.after(() => reader[Symbol.asyncDispose]());
  using recorder = new Recorder(reader, '/registry/', 1);
  await writer.commit({ key: KEY, value: bytes('1'), expected: 0 });
  await writer.commit({ key: '/registry/core/configmaps/default/c', value: bytes('2'), expected: 0 });
  await writer.commit({ key: KEY, value: undefined, expected: undefined });
  await recorder.until(({ events }) => events.length === 3);
  assert.deepEqual(recorder.brief, [`2 put ${KEY} 1 < -`, '3 put /registry/core/configmaps/default/c 2 < -', `4 delete ${KEY} - < 1`]);
});

test('a KMS plugin that is not there or not well is an error that names it', async (context) => {
  const service = await plugin(context);
  service.healthz = 'no vault';
  await assert.rejects(transformers(rule(kms(service))).start(never), /the KMS plugin "vault" at unix:.* does not work: it says that it is not healthy: no vault/);
  const nowhere: ProviderConfiguration = { kind: 'kms', name: 'gone', endpoint: 'unix:///nonexistent.sock', timeoutMs: 200 };
  await assert.rejects(transformers(rule(nowhere)).start(never), /the KMS plugin "gone" .* does not work/);
});

test('a KMS plugin that falls ill later is told of, till it is well again; what is written goes on under its last key', async (context) => {
  const clock = new VirtualClock(new SystemClock().now());
  const service = await plugin(context);
  await using inner = await startedMemory(clock);
  await using made = transformers(rule(kms(service)), clock);
  await made.start(never);
  const store = new EncryptedStore(inner, made);
  assert.deepEqual(made.pluginProblems, [undefined]);
  service.healthz = 'no vault';
  await clock.advance(60_000);
  await until('the plugin is found to be ill', async () => made.pluginProblems[0] !== undefined);
  assert.deepEqual(made.pluginProblems, ['it says that it is not healthy: no vault']);
  await store.commit({ key: KEY, value: bytes('the secret'), expected: 0 });
  assert.equal(await textOf(store), 'the secret');
  service.healthz = 'ok';
  await until('the plugin is found to be well', async () => {
    await clock.advance(10_000);
    return made.pluginProblems[0] === undefined;
  });
});
