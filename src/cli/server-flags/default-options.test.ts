import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { defaultServerOptions } from '../../cluster/default-server-options.ts';
import { addServerFlags, serverOptions, type ServerFlags } from './index.ts';

/** Without what is no data, or has its defaults elsewhere. */
const data = (options: object): object => Object.fromEntries(Object.entries(options).filter(([name]) => !['featureGates', 'controllerOptions', 'dataDir', 'store', 'bindAddress', 'port', 'advertiseAddress'].includes(name)));

test('a server without flags has the defaults of embedded ones', () => {
  const command = new Command('server');
  addServerFlags(command);
  command.parse([], { from: 'user' });
  assert.deepEqual(data(serverOptions(command.opts<ServerFlags>())), data(defaultServerOptions()));
});
