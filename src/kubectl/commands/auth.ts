import type { Command } from '../command.ts';
import { canI } from './auth/can-i.ts';
import { reconcile } from './auth/reconcile.ts';
import { whoami } from './auth/whoami.ts';

export const auth: Command = { name: 'auth', usage: '[flags] [options]', summary: 'Inspect authorization', flags: {}, subcommands: [canI, reconcile, whoami] };
