import type { Command } from '../command.ts';
import { checkOutput } from '../printers/object-printer.ts';
import { env } from './set/env.ts';
import { image, resources, serviceAccount } from './set/pod-template.ts';
import { selector } from './set/selector.ts';
import { subject } from './set/subject.ts';

export const set: Command = {
  name: 'set', usage: 'SUBCOMMAND', summary: 'Set specific features on objects', flags: {},
  subcommands: [env, image, resources, selector, serviceAccount, subject].map((command) => ({
    ...command,
    run: async (context) => {
      checkOutput(context);
      return command.run?.(context);
    },
  })),
};
