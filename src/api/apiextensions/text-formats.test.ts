import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textFormat } from './text-formats.ts';

const formats: Readonly<Record<string, { readonly good: readonly string[]; readonly bad: readonly string[] }>> = {
  bsonobjectid: { good: ['507f1f77bcf86cd799439011'], bad: ['507f1f77bcf86cd79943901', 'x'] },
  uri: { good: ['https://a.example/b?c=d', '/path', 'mailto:a', 'a:b'], bad: ['', 'path', '%%', 'http://[::1'] },
  email: { good: ['a@b', 'a.b@c.example', 'Some One <a@b.example>'], bad: ['', 'a', 'a@', '@b', 'a b@c', 'a@b@c', '<a>'] },
  hostname: { good: ['a', 'a.example', '1.example', 'ü.example'], bad: ['', 'a_b', '-a', 'a.', 'a..b', 'x'.repeat(64)] },
  ipv4: { good: ['1.2.3.4', '::ffff:1.2.3.4'], bad: ['1.2.3', '01.2.3.4', '::1'] },
  ipv6: { good: ['::1', '2001:db8::'], bad: ['1.2.3.4', 'fe80::1%eth0'] },
  cidr: { good: ['10.0.0.0/8', '2001:db8::/64'], bad: ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/08', '::/129'] },
  mac: { good: ['00:00:5e:00:53:01', '02-00-5e-10-00-00-00-01', '0000.5e00.5301'], bad: ['00:00:5e:00:53', '00:00-5e:00:53:01', 'x'] },
  uuid: { good: ['123E4567-e89b-12d3-a456-426614174000', '123e4567e89b12d3a456426614174000'], bad: ['123e4567', 'g23e4567-e89b-12d3-a456-426614174000'] },
  uuid3: { good: ['123e4567-e89b-32d3-a456-426614174000'], bad: ['123e4567-e89b-12d3-a456-426614174000'] },
  uuid4: { good: ['123e4567-e89b-42d3-a456-426614174000'], bad: ['123e4567-e89b-42d3-c456-426614174000'] },
  uuid5: { good: ['123e4567-e89b-52d3-8456-426614174000'], bad: ['123e4567-e89b-42d3-8456-426614174000'] },
  isbn: { good: ['0-306-40615-2', '978-0-306-40615-7'], bad: ['0-306-40615-3'] },
  isbn10: { good: ['080442957X'], bad: ['9780306406157'] },
  isbn13: { good: ['9780306406157'], bad: ['9780306406158', '0306406152'] },
  creditcard: { good: ['4111 1111 1111 1111'], bad: ['4111 1111 1111 1112', '1234'] },
  ssn: { good: ['123-45-6789', '123 45 6789'], bad: ['123-456-789'] },
  hexcolor: { good: ['#fff', 'A1B2C3'], bad: ['#ffff', 'red'] },
  rgbcolor: { good: ['rgb(0, 128,255)'], bad: ['rgb(256,0,0)', 'rgb(0,0)'] },
  byte: { good: ['aGk=', 'aGlq'], bad: ['', 'aGk', '!'] },
  date: { good: ['2024-02-29'], bad: ['2023-02-29', '2023-13-01', '2023-1-1'] },
  'date-time': { good: ['2020-01-01T00:00:00Z', '2020-01-01t23:59:59.5+01:00'], bad: ['2020-01-01', '2020-01-01 00:00:00Z', '2020-01-01T24:00:00Z', '2020-01-01T00:00:00', '2020-01-01T00:00:00+0100'] },
  duration: { good: ['0', '1h30m', '-1.5s', '5 minutes', '3wk', 'P1D'], bad: ['', 'x', '5', '5 x'] },
  quantity: { good: ['1Gi', '5'], bad: ['', 'x'] },
  'k8s-short-name': { good: ['a-b'], bad: ['a.b', 'A'] },
  'k8s-long-name': { good: ['a.b'], bad: ['a_b'] },
};

for (const [format, { good, bad }] of Object.entries(formats)) {
  test(`texts of the format ${format}`, () => {
    assert.deepEqual([...good, ...bad].filter((text) => textFormat(format)?.(text)), good);
  });
}

test('other formats are not looked at', () => {
  assert.deepEqual(['password', 'odd', 'constructor', 'int32'].map(textFormat), [undefined, undefined, undefined, undefined]);
});
