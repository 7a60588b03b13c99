import { type Command, GLOBAL_FLAGS } from '../command.ts';
import { globalFlagsHelp } from '../help.ts';

export const options: Command = {
  name: 'options', usage: '', summary: 'Print the list of flags inherited by all commands', flags: {},
  run: async (context) => context.out(globalFlagsHelp(GLOBAL_FLAGS)),
};
