import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { GLOBAL_FLAGS, type Command } from '../../src/kubectl/command.ts';
import { commands } from '../../src/kubectl/commands/index.ts';
import { unless } from '../support/needs.ts';
import { stockKubectl } from '../support/stock-kubectl.ts';

const stock = stockKubectl();

/** Left out: helm charts and functions of kustomize, credentials of providers that Kubernetes has dropped. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  kustomize: ['as-current-user', 'enable-alpha-plugins', 'enable-helm', 'env', 'helm-api-versions', 'helm-command', 'helm-debug', 'helm-kube-version', 'mount', 'network', 'network-name'],
  'config set-credentials': ['auth-provider', 'auth-provider-arg'],
};

/** Of kubectl 1.36: an older one has no help for it. */
const NEWER: readonly string[] = ['kuberc'];

const helpOf = (...words: string[]): string => execFileSync(stock ?? '', words).toString();
const flagsOf = (help: string): { name: string; short: string | undefined }[] => [...help.matchAll(/^ {4}(?:-(\w), )?--([\w-]+)=.*:$/gm)].map(([, short, name = '']) => ({ name, short }));

function* missing(path: readonly string[], command: Command): Generator<string> {
  const help = helpOf(...path, '--help');
  const where = path.join(' ');
  for (const { name, short } of flagsOf(help)) {
    const own = command.flags[name];
    if (!own && !LEFT_OUT[where]?.includes(name)) yield `${where} --${name}`;
    if (own && short !== undefined && own.short !== short) yield `${where} -${short}`;
  }
  for (const [, name = ''] of /Available Commands:\n([\s\S]*?)\n\n/.exec(help)?.[1]?.matchAll(/^ {2}([\w-]+)/gm) ?? []) {
    const sub = command.subcommands?.find((one) => one.name === name || one.aliases?.includes(name));
    if (sub) yield* missing([...path, name], sub);
    else yield `${where} ${name}`;
  }
}

test('every command and every flag of stock kubectl is there', { skip: unless(stock !== undefined, 'no kubectl is on this machine'), timeout: 600_000 }, async () => {
  const lacking = flagsOf(helpOf('options')).filter(({ name }) => !Object.hasOwn(GLOBAL_FLAGS, name)).map(({ name }) => `--${name}`);
  for (const [, name = ''] of helpOf('--help').matchAll(/^ {2}([\w-]+) {2,}\w/gm)) if (!commands.some((one) => one.name === name)) lacking.push(name);
  for (const entry of commands.filter(({ name }) => !NEWER.includes(name))) lacking.push(...missing([entry.name], await entry.load()));
  assert.deepEqual(lacking, []);
});
