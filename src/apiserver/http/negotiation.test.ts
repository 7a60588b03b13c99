import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inputMedia, negotiateOutput } from './negotiation.ts';

for (const { type, expected } of [
  { type: undefined, expected: 'json' },
  { type: 'Application/JSON; charset=utf-8', expected: 'json' },
  { type: 'application/json;', expected: 'json' },
  { type: 'application/yaml ; a = "b;c" ; d=e', expected: 'yaml' },
  { type: 'application/json; charset', expected: undefined },
  { type: 'application/yaml;=x', expected: undefined },
  { type: 'application/json;;', expected: undefined },
  { type: 'text/json', expected: undefined },
] as const) {
  test(`a body of ${type} is ${expected ?? 'of no known form'}`, () => {
    if (expected === undefined) assert.throws(() => inputMedia(type, ['json', 'yaml']), { code: 415 });
    else assert.equal(inputMedia(type, ['json', 'yaml']), expected);
  });
}

for (const { accept, pretty } of [
  { accept: 'application/json;pretty=1', pretty: true },
  { accept: 'application/json;pretty=true', pretty: undefined },
  { accept: 'text/html;pretty=1, application/json', pretty: undefined },
  { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io;pretty=1', pretty: true },
] as const) {
  test(`${accept} is ${pretty ? '' : 'not '}for people`, () => assert.equal(negotiateOutput(accept, { media: ['json', 'yaml'], transformations: true, stream: 'no' }).pretty, pretty));
}

for (const accept of ['application/json;g=meta.k8s.io;v=v1', 'application/json;v=v1', 'application/json;as=;g=meta.k8s.io;v=v1', 'application/yaml;g=apps']) {
  test(`${accept} asks for nothing that there is`, () => {
    for (const transformations of [true, false]) assert.throws(() => negotiateOutput(accept, { media: ['json', 'yaml'], transformations, stream: 'no' }), { code: 406 });
    assert.equal(negotiateOutput(`${accept}, application/yaml`, { media: ['json', 'yaml'], transformations: true, stream: 'no' }).media, 'yaml');
  });
}
