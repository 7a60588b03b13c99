import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandError, Commands, shellQuote } from './commands.ts';

const commands = new Commands();

test('gives what a program wrote', async () => {
  assert.equal(await commands.run(['cat'], { input: 'hello' }), 'hello');
});

test('puts its prefix before every command line', async () => {
  assert.equal(await new Commands(['env', 'PLACE=elsewhere']).run(['sh', '-c', 'echo $PLACE']), 'elsewhere\n');
});

test('an error names the command, its exit code and what it complained about', async () => {
  await assert.rejects(commands.run(['sh', '-c', 'echo no such thing >&2; exit 3']), (error) => {
    assert.ok(error instanceof CommandError);
    assert.equal(error.exitCode, 3);
    assert.match(error.message, /^sh -c .*: failed \(exit code 3\): no such thing$/);
    return true;
  });
});

test('a program that is not installed is named', async () => {
  await assert.rejects(commands.run(['kubets-no-such-program']), /there is no program kubets-no-such-program on this machine/);
});

test('a batch stops at the first line that fails and says which', async () => {
  await assert.rejects(commands.batch([['true'], ['test', "it's $HOME", '=', 'x'], ['touch', '/nowhere/at/all']]), /in line 2: test 'it'\\''s \$HOME' = x/);
});

test('an abort ends the program and rejects with its reason', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const running = commands.run(['sleep', '60'], { signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(running, (error) => error === reason);
});

for (const { text, word } of [
  { text: 'a/b-c.d', word: 'a/b-c.d' },
  { text: '', word: "''" },
  { text: "it's", word: `'it'\\''s'` },
  { text: '$(id)', word: `'$(id)'` },
]) test(`quotes ${JSON.stringify(text)} for a shell`, () => assert.equal(shellQuote(text), word));
