import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(`${root}/${path}`, 'utf8');

/** The rows of a page: a test of Kubernetes' suite, and what of ours shows that it holds. */
function rowsOf(page: string): { name: string; shown: string }[] {
  return read(page).split('\n').filter((line) => line.startsWith('| [sig-')).map((line) => {
    const end = line.indexOf(' | ', 2);
    return { name: line.slice(2, end), shown: line.slice(end) };
  });
}

const pages = globSync('docs/conformance/sig-*.md', { cwd: root }).sort();

test('each of the 446 tests of the suite has its row', () => {
  assert.equal(pages.flatMap(rowsOf).length, 446);
});

for (const page of pages) {
  test(`${page} names, for each test of the suite, tests of ours that there are`, () => {
    const rows = rowsOf(page);
    assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length, 'a test of the suite stands there twice');
    for (const { name, shown } of rows) {
      assert.ok(name.startsWith(`[${basename(page, '.md')}] `), `${name} belongs on another page`);
      const pointers = [...shown.matchAll(/`([^`]+\.test\.ts)`: "([^"]{8,})"/g)];
      assert.ok(pointers.length > 0, `${name}: say what shows it, as \`test/….test.ts\`: "title of the test"`);
      for (const [, file = '', title = ''] of pointers) {
        assert.ok(existsSync(`${root}/${file}`), `${name}: there is no ${file}`);
        assert.ok(read(file).includes(title), `${name}: ${file} has no test "${title}"; name its title, or a part of it, as it stands in the file`);
      }
    }
  });
}
