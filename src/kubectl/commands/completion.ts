import type { Command } from '../command.ts';
import { CommandError, UsageError } from '../errors.ts';
import { flag } from '../flags.ts';
import { GROUPS } from '../help.ts';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'];

export const completion: Command = {
  name: 'completion', usage: 'SHELL', summary: 'Output shell completion code for the specified shell (bash, zsh, fish, or powershell)', flags: { 'no-descriptions': flag.bool('Accepted for compatibility.') },
  run: async (context) => {
    const [shell, ...more] = context.args;
    if (shell === undefined) throw new UsageError('Shell not specified.');
    if (more.length > 0) throw new UsageError('Too many arguments. Expected only the shell type.');
    if (!SHELLS.includes(shell)) throw new UsageError(`Unsupported shell type ${JSON.stringify(shell)}.`);
    const words = GROUPS.flatMap(([, names]) => names.split(' ')).sort();
    const script = { bash, zsh, fish, powershell }[shell as 'bash'];
    if (!script) throw new CommandError(`no completion for ${shell}`);
    context.out(script(words));
  },
};

/** Commands, then names of resources and of objects, which the program itself is asked for. */
const bash = (words: readonly string[]): string => `# bash completion for kubectl
_kubectl_complete() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" command="\${COMP_WORDS[1]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$cur"))
  elif [ "$COMP_CWORD" -eq 2 ]; then
    case "$command" in
      logs|exec|attach|port-forward|cp) COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" get pods -o 'jsonpath={.items[*].metadata.name}' 2>/dev/null)" -- "$cur")) ;;
      cordon|uncordon|drain) COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" get nodes -o 'jsonpath={.items[*].metadata.name}' 2>/dev/null)" -- "$cur")) ;;
      *) COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" api-resources -o name 2>/dev/null)" -- "$cur")) ;;
    esac
  elif [ "$COMP_CWORD" -eq 3 ]; then
    COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" get "\${COMP_WORDS[2]}" -o 'jsonpath={.items[*].metadata.name}' 2>/dev/null)" -- "$cur"))
  fi
}
complete -o default -F _kubectl_complete kubectl
`;

const zsh = (words: readonly string[]): string => `#compdef kubectl
compdef _kubectl kubectl
autoload -U +X bashcompinit && bashcompinit
${bash(words)}`;

const fish = (words: readonly string[]): string => `# fish completion for kubectl
complete -c kubectl -f
complete -c kubectl -n __fish_use_subcommand -a '${words.join(' ')}'
complete -c kubectl -n 'not __fish_use_subcommand' -a '(kubectl api-resources -o name 2>/dev/null)'
`;

const powershell = (words: readonly string[]): string => `# powershell completion for kubectl
Register-ArgumentCompleter -Native -CommandName 'kubectl' -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  '${words.join(' ')}'.Split(' ') | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
}
`;
