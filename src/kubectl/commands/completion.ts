import type { Command } from '../command.ts';
import { completionScript, type Shell, SHELLS } from '../completion/scripts.ts';
import { UsageError } from '../errors.ts';
import { flag } from '../flags.ts';

export const completion: Command = {
  name: 'completion', usage: 'SHELL', summary: 'Output shell completion code for the specified shell (bash, zsh, fish, or powershell)', flags: { 'no-descriptions': flag.bool('Complete words without descriptions of them.') },
  run: async (context) => {
    const [shell, ...more] = context.args;
    if (shell === undefined) throw new UsageError('Shell not specified.');
    if (more.length > 0) throw new UsageError('Too many arguments. Expected only the shell type.');
    if (!isShell(shell)) throw new UsageError(`Unsupported shell type ${JSON.stringify(shell)}.`);
    context.out(completionScript(shell, 'kubectl', !context.flags.bool('no-descriptions')));
  },
};

function isShell(text: string): text is Shell {
  return (SHELLS as readonly string[]).includes(text);
}
