/** Shells for which there is a script. */
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

/** What makes a shell ask `program` itself, by `program __complete`, what may come next. */
export function completionScript(shell: Shell, program: string, hasDescriptions = true): string {
  const request = hasDescriptions ? '__complete' : '__completeNoDesc';
  return { bash, zsh, fish, powershell }[shell](program, request);
}

/** Without the package bash-completion: words that bash takes apart at `=` and `:` are put together again. Descriptions have no place. */
const bash = (program: string): string => `# bash completion for ${program}
__${program}_complete() {
  local words=() part word typed out directive shown line joins=
  for ((part = 1; part <= COMP_CWORD; part++)); do
    word="\${COMP_WORDS[part]}"
    if [[ ( "$word" == [=:] || -n "$joins" ) && \${#words[@]} -gt 0 ]]; then
      words[\${#words[@]}-1]+="$word"
    else
      words+=("$word")
    fi
    joins=
    [[ "$word" == [=:] ]] && joins=yes
  done
  for part in "\${!words[@]}"; do
    word="\${words[part]}"
    word="\${word#[\\"\\']}"
    words[part]="\${word%[\\"\\']}"
  done
  typed="\${words[\${#words[@]}-1]}"
  out="$("\${COMP_WORDS[0]}" __completeNoDesc "\${words[@]}" 2>/dev/null)" || return
  directive="\${out##*:}"
  out="\${out%:*}"
  [[ "$directive" =~ ^[0-9]+$ ]] || return
  (( directive & 1 )) && return
  (( directive & 2 )) && compopt -o nospace
  [[ "$typed" == -*=* ]] && typed="\${typed#*=}"
  COMPREPLY=()
  if (( directive & 8 )); then
    shown="\${out//$'\\n'/|}"
    local IFS=$'\\n'
    COMPREPLY=($(compgen -d -- "$typed") $(compgen -f -X "!*.@(\${shown%|})" -- "$typed"))
    compopt -o filenames
    return
  fi
  if (( directive & 16 )); then
    local IFS=$'\\n'
    COMPREPLY=($(compgen -d -- "$typed"))
    compopt -o filenames
    return
  fi
  while IFS= read -r line; do
    [[ -n "$line" && "$line" == "$typed"* ]] && COMPREPLY+=("$line")
  done <<< "$out"
  [[ \${#COMPREPLY[@]} -eq 1 && "\${COMPREPLY[0]}" == */ ]] && compopt -o nospace
  # Readline puts a word in the place of what stands after the last colon only.
  if [[ "$typed" == *:* && "$COMP_WORDBREAKS" == *:* ]]; then
    shown="\${typed%"\${typed##*:}"}"
    for part in "\${!COMPREPLY[@]}"; do COMPREPLY[part]="\${COMPREPLY[part]#"$shown"}"; done
  fi
  [[ \${#COMPREPLY[@]} -eq 0 && $(( directive & 4 )) -eq 0 ]] && compopt -o default
  return 0
}
shopt -s extglob
complete -F __${program}_complete ${program}
`;

const zsh = (program: string, request: string): string => `#compdef ${program}
compdef _${program} ${program}

# zsh completion for ${program}
_${program}() {
  local out directive line value
  local -a lines found spaces
  out="$("\${words[1]}" ${request} "\${(@Q)words[2,CURRENT]}" 2>/dev/null)"
  lines=("\${(@f)out}")
  directive="\${\${lines[-1]}#:}"
  lines=("\${(@)lines[1,-2]}")
  [[ "$directive" == <-> ]] || return 1
  (( directive & 1 )) && return 1
  (( directive & 2 )) && spaces=(-S '')
  [[ "\${words[CURRENT]}" == -*=* ]] && compset -P '*='
  if (( directive & 8 )); then
    _files -g "*.(\${(j:|:)lines})"
    return
  fi
  if (( directive & 16 )); then
    _files -/
    return
  fi
  for line in "\${lines[@]}"; do
    [[ -z "$line" ]] && continue
    value="\${line%%$'\\t'*}"
    value="\${value//:/\\\\:}"
    [[ "$line" == *$'\\t'* ]] && value+=":\${line#*$'\\t'}"
    found+=("$value")
  done
  if (( \${#found} > 0 )); then
    _describe -V completions found "\${spaces[@]}"
  elif (( (directive & 4) == 0 )); then
    _files
  fi
}

[[ "\${funcstack[1]}" == "_${program}" ]] && _${program}
`;

const fish = (program: string, request: string): string => `# fish completion for ${program}
function __${program}_ask
    set -l before (commandline -opc)
    set -l typed (commandline -ct)
    set -g __${program}_found
    set -l lines ($before[1] ${request} $before[2..-1] "$typed" 2>/dev/null)
    or return 1
    set -l directive (string replace -r '^:' '' -- $lines[-1])
    string match -qr '^[0-9]+$' -- "$directive"
    or return 1
    test (math "bitand($directive, 1)") -eq 0
    or return 1
    test (math "bitand($directive, 24)") -eq 0
    or return 1
    set -l flag (string match -r -- '^-.*=' $typed)
    for line in $lines[1..-2]
        test -n "$line"
        and set -a __${program}_found "$flag$line"
    end
    test (count $__${program}_found) -gt 0; or test (math "bitand($directive, 4)") -ne 0
end
complete -c ${program} -e
complete -c ${program} -n __${program}_ask -f -a '$__${program}_found'
`;

const powershell = (program: string, request: string): string => `# powershell completion for ${program}
Register-ArgumentCompleter -Native -CommandName '${program}' -ScriptBlock {
  param($WordToComplete, $CommandAst, $CursorPosition)
  $line = $CommandAst.ToString()
  if ($CursorPosition -lt $line.Length) { $line = $line.Substring(0, $CursorPosition) }
  $words = @($CommandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $CursorPosition } | ForEach-Object { $_.Extent.Text.Trim('"', "'") })
  if ($WordToComplete -eq '') { $words += '""' }
  $program, $rest = $words
  $out = @(& $program ${request} @rest 2>$null)
  if ($out.Count -eq 0) { return }
  $directive = [int]($out[-1] -replace '^:', '')
  if ($directive -band 1) { return }
  $flag = ''
  if ($WordToComplete -match '^(-.*=)') { $flag = $Matches[1] }
  $space = if ($directive -band 2) { '' } else { ' ' }
  $found = @($out | Select-Object -SkipLast 1 | Where-Object { $_ -ne '' } | ForEach-Object {
    $value, $about = $_.Split([char]9, 2)
    if (-not $about) { $about = $value }
    [System.Management.Automation.CompletionResult]::new("$flag$value$space", $value, 'ParameterValue', $about)
  } | Where-Object { $_.CompletionText -like "$WordToComplete*" })
  if ($found.Count -eq 0 -and ($directive -band 4)) { return '' }
  $found
}
`;
