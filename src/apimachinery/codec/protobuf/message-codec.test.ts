import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definePackage, SchemaRegistry } from '../../schema/package.ts';
import { unwrap, wrap } from './envelope.ts';
import { ProtobufMessageCodec } from './message-codec.ts';

const registry = new SchemaRegistry([
  definePackage('t.v1', 't', {
    Thing: `
      name 1 string
      count 2 int32
      ports 3 []Port
      labels 4 {}string
      limits 5 {}Quantity
      target 6 IntOrString
      at 7 Time
      micro 8 MicroTime
      data 9 {}bytes
      extra 10 {}[]string
      fields 11 FieldsV1
      inline 12.1 string
      inlined 12.2 int64
      weight 13 double
      on 14 bool`,
    Port: `
      port 1 int32`,
  }),
]);
const codec = new ProtobufMessageCodec(registry);

for (const [name, value] of Object.entries({
  'scalars and lists': { name: 'a', count: -3, ports: [{ port: 80 }, { port: 443 }], weight: 1.5, on: true },
  'maps, also of lists and with a key __proto__': { labels: JSON.parse('{"__proto__":"x","b":"c"}') as object, limits: { cpu: '100m' }, data: { k: 'dg==' }, extra: { k: ['a', 'b'] } },
  'numbers or texts': { target: 'http' },
  'times': { at: '2026-01-31T10:00:00Z', micro: '2026-01-31T10:00:00.123456Z' },
  'embedded structs and fields': { fields: { 'f:a': {} }, inline: 'x', inlined: 9 },
})) {
  test(`reads back ${name}`, () => assert.deepEqual(codec.decode('t.v1.Thing', codec.encode('t.v1.Thing', value)), value));
}

test('wraps an object in magic, type and raw bytes', () => {
  const wrapped = wrap({ apiVersion: 'v1', kind: 'Pod', raw: Uint8Array.of(1, 2) });
  assert.equal(Buffer.from(wrapped.subarray(0, 4)).toString('latin1'), 'k8s\0');
  assert.deepEqual({ ...unwrap(wrapped), raw: [...unwrap(wrapped).raw] }, { apiVersion: 'v1', kind: 'Pod', raw: [1, 2] });
  assert.throws(() => unwrap(Buffer.from('{}')), RangeError);
});
