import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rewriteHtml, rewriteUrl } from './rewrite-links.ts';

const page = { url: new URL('http://10.0.0.7:8080/dir/'), requestHost: 'api.example:6443', prefix: '/api/v1/namespaces/x/pods/web/proxy' };
const { prefix } = page;

for (const [target, expected] of [
  ['/rewriteme', `${prefix}/rewriteme`],
  ['/', `${prefix}/`],
  ['/dir/?a=b#c', `${prefix}/dir/?a=b#c`],
  ['http://10.0.0.7:8080/x', `${prefix}/x`],
  ['//10.0.0.7:8080/x', `${prefix}/x`],
  ['https://api.example:6443/x', `https://api.example:6443${prefix}/x`],
  [`${prefix}/x`, `${prefix}/x`],
  ['relative/x', 'relative/x'],
  ['#here', '#here'],
  ['http://other.example/x', 'http://other.example/x'],
  ['mailto:me@example.com', 'mailto:me@example.com'],
  ['/a/../b', `${prefix}/b`],
] as const) {
  test(`a link to ${target}`, () => assert.equal(rewriteUrl(target, page), expected));
}

for (const [html, expected] of [
  ['<a href="/rewriteme">test</a>', `<a href="${prefix}/rewriteme">test</a>`],
  ["<IMG alt=x SRC='/i.png'/><img src=/j.png>", `<IMG alt=x SRC='${prefix}/i.png'/><img src="${prefix}/j.png">`],
  ['<form method=post action = "/go?a=1&amp;b=2">', `<form method=post action = "${prefix}/go?a=1&amp;b=2">`],
  ['<a title="/x" data-href="/x">', '<a title="/x" data-href="/x">'],
  ['<!-- <a href="/x"> --><script src="/s.js">"<a href=\'/x\'>"</script><a href="/y">', `<!-- <a href="/x"> --><script src="${prefix}/s.js">"<a href='/x'>"</script><a href="${prefix}/y">`],
  ['1 < 2 <3 <a href="/x', `1 < 2 <3 <a href="${prefix}/x`],
  ['</a href="/x">', '</a href="/x">'],
] as const) {
  test(`the page ${html}`, () => assert.equal(rewriteHtml(html, (target) => rewriteUrl(target, page)), expected));
}

test('a page that never ends its tags takes no longer than its length', () => {
  const html = '<a "'.repeat(200_000);
  assert.equal(rewriteHtml(html, () => 'x'), html);
});
