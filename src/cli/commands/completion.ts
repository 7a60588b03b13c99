import { type Command, Option } from 'commander';
import { completionScript, type Shell, SHELLS } from '../../kubectl/index.ts';
import { UsageError } from '../errors.ts';

export default function completionCommand(command: Command): void {
  command
    .argument('<shell>', SHELLS.join(', '))
    .addOption(new Option('--no-descriptions', 'complete words without descriptions of them'))
    .addHelpText('after', '\nFor bash: source <(kubets completion bash). The words of "kubets kubectl" are completed too.')
    .action((shell: string, { descriptions }: { descriptions: boolean }) => {
      if (!(SHELLS as readonly string[]).includes(shell)) throw new UsageError(`there is no completion for "${shell}"; there is one for ${SHELLS.join(', ')}`);
      process.stdout.write(completionScript(shell as Shell, 'kubets', descriptions));
    });
}
