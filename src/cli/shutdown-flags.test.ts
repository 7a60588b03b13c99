import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { UsageError } from './errors.ts';
import { addShutdownFlags, shutdownGracePeriods } from './shutdown-flags.ts';

function periodsOf(args: readonly string[]): unknown {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addShutdownFlags(command);
  return shutdownGracePeriods(command.parse(args, { from: 'user' }).opts());
}

for (const { name, args, expected } of [
  { name: 'nothing is said', args: [], expected: undefined },
  { name: 'no time is given', args: ['--shutdown-grace-period=0s'], expected: undefined },
  { name: 'critical pods have the last part', args: ['--shutdown-grace-period=1m30s', '--shutdown-grace-period-critical-pods=20s'], expected: [{ priority: 0, seconds: 70 }, { priority: 2_000_000_000, seconds: 20 }] },
  { name: 'critical pods have no part', args: ['--shutdown-grace-period=30s'], expected: [{ priority: 0, seconds: 30 }, { priority: 2_000_000_000, seconds: 0 }] },
  { name: 'by priority', args: ['--shutdown-grace-period-by-pod-priority=100000=10s,-5=1m'], expected: [{ priority: 100_000, seconds: 10 }, { priority: -5, seconds: 60 }] },
]) test(`shutdown flags: ${name}`, () => assert.deepEqual(periodsOf(args), expected));

for (const { name, args, expected } of [
  { name: 'both ways at once', args: ['--shutdown-grace-period=30s', '--shutdown-grace-period-by-pod-priority=0=1m'], expected: UsageError },
  { name: 'a part that is longer than the whole', args: ['--shutdown-grace-period=30s', '--shutdown-grace-period-critical-pods=31s'], expected: UsageError },
  { name: 'less than a second', args: ['--shutdown-grace-period=500ms'], expected: UsageError },
  { name: 'a period without a priority', args: ['--shutdown-grace-period-by-pod-priority=10s'], expected: /a period looks like 100000=10s/ },
  { name: 'a priority twice', args: ['--shutdown-grace-period-by-pod-priority=1=10s,1=20s'], expected: /priority 1 has two periods/ },
]) test(`shutdown flags: ${name} is refused`, () => assert.throws(() => periodsOf(args), expected));
