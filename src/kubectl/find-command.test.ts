import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commands } from './commands/index.ts';
import { findCommand, UnknownCommand } from './find-command.ts';

test('finds a command, its subcommand and an alias, whatever global flags stand before', async () => {
  for (const { argv, path, rest } of [
    { argv: ['get', 'pods'], path: ['get'], rest: ['pods'] },
    { argv: ['-n', 'a', 'set', 'sa', 'deploy/web'], path: ['set', 'serviceaccount'], rest: ['-n', 'a', 'deploy/web'] },
    { argv: ['--namespace=a', 'config', 'use', 'x'], path: ['config', 'use-context'], rest: ['--namespace=a', 'x'] },
    { argv: ['set', 'frob'], path: ['set'], rest: ['frob'] },
  ]) {
    const found: string[] = [];
    const command = await findCommand(argv, commands, found);
    assert.deepEqual({ path: found, rest: command?.rest }, { path, rest });
  }
});

test('suggests commands whose names are near, in the order of the help', async () => {
  await assert.rejects(findCommand(['gett'], commands, []), (error) => error instanceof UnknownCommand && error.message === 'unknown command "gett" for "kubectl"\n\nDid you mean this?\n\tset\n\tget\n');
  await assert.rejects(findCommand(['frobnicate'], commands, []), /^UnknownCommand: unknown command "frobnicate" for "kubectl"$|unknown command "frobnicate" for "kubectl"$/);
});

test('every command of the list loads under its own name', async () => {
  for (const entry of commands) assert.equal((await entry.load()).name, entry.name);
});
