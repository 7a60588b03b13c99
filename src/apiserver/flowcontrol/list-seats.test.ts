import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestInfo } from '../http/request-info.ts';
import { Query } from '../request.ts';
import { mostSeats, seatsOf } from './list-seats.ts';

for (const { name, method = 'GET', path = '/api/v1/pods', query = '', size = { count: 1000, averageBytes: 2000 }, most = 10, expected } of [
  { name: 'a whole list is counted as what it holds at once', expected: 10 },
  { name: 'a page is counted by its objects', query: 'limit=100', expected: 2 },
  { name: 'a small list', size: { count: 10, averageBytes: 2000 }, expected: 1 },
  { name: 'an empty list', size: { count: 0, averageBytes: 0 }, expected: 1 },
  { name: 'a list of what nobody knows', size: undefined, expected: 1 },
  { name: 'a list of one name', query: 'fieldSelector=metadata.name%3Da', expected: 1 },
  { name: 'a list that will be refused', query: 'limit=x', most: 4, expected: 4 },
  { name: 'no more than the level allows', most: 3, expected: 3 },
  { name: 'a watch', query: 'watch=1', expected: 1 },
  { name: 'a watch that begins with a list', query: 'watch=1&sendInitialEvents=true', expected: 10 },
  { name: 'a write', method: 'POST', path: '/api/v1/namespaces/a/pods', expected: 1 },
  { name: 'one object', path: '/api/v1/namespaces/a/pods/b', expected: 1 },
] as { name: string; method?: string; path?: string; query?: string; size?: { count: number; averageBytes: number }; most?: number; expected: number }[]) {
  test(name, () => {
    const parsed = Query.parse(query);
    const known = name === 'a list of what nobody knows' ? undefined : size;
    assert.equal(seatsOf({ info: requestInfo(method, path, (one) => parsed.get(one)), query: parsed }, most, () => known), expected);
  });
}

for (const [nominal, handSize, expected] of [[245, 6, 37], [60, 6, 9], [20, 8, 2], [4, 8, 1], [50, undefined, 10]] as const) {
  test(`a request may take ${expected} of ${nominal} seats in hands of ${handSize}`, () => assert.equal(mostSeats(nominal, handSize), expected));
}
