import { type CompletionTable, optionsOf, quoted, type Value, valued } from './table.ts'

const words = (list: readonly string[]): string => quoted(list.join(' '))

const offer = (value: Value): string => {
  switch (value.kind) {
    case 'choices':
      return `candidates=${words(value.choices)}`
    case 'folder':
      return 'compopt -o dirnames 2>/dev/null'
    case 'file':
      return 'compopt -o default 2>/dev/null'
    case 'text':
      return ':'
    default:
      return value satisfies never
  }
}

/**
 * Returns the completion script for bash, 3.2 or later. Paths are left to bash itself, which knows how to quote them; before bash 4, which
 * has no `compopt`, it offers files wherever the script offers nothing.
 */
export const bashScript = (table: CompletionTable): string => {
  const commands = words(table.commands.map(({ name }) => name))
  const values = table.options.flatMap((option) =>
    option.value === undefined
      ? []
      : [`    ${option.spellings.map((spelling) => spelling.replace(/^--?/, '--')).join('|')}) ${offer(option.value)} ;;`],
  )
  const options = table.commands.map(
    ({ name }) => `      ${name}) options=${words(optionsOf(table, name).flatMap(({ spellings }) => spellings))} ;;`,
  )
  const operands = table.commands.flatMap(({ name, operand }) =>
    operand === undefined ? [] : [`      ${name}) ${offer(operand.value)} ;;`],
  )
  return `# bash completion for smugmug-backup

_smugmug_backup() {
  local IFS=$' \\t\\n' current=\${COMP_WORDS[COMP_CWORD]} option= prefix= candidates= options= command= operand= word
  local -i index=1
  compopt +o default 2>/dev/null

  # The command and its operand: the words before this one that are no options and no values. Bash makes three words of --option=value.
  while (( index < COMP_CWORD )); do
    word=\${COMP_WORDS[index]} option=
    [[ $word == -[!-]* ]] && word=-$word
    case $word in
      ${valued(table).join('|')}) option=$word ;;
      -*) ;;
      *) if [[ -z $command ]]; then command=$word; else operand=$word; fi ;;
    esac
    if [[ $word == -* && \${COMP_WORDS[index+1]} == = ]]; then
      option=$word index+=2
    elif [[ -n $option ]]; then
      index+=1
    fi
    index+=1
  done
  # Beyond this word: it is the value of the last option.
  if (( index == COMP_CWORD )); then option=; fi
  if [[ $current == = ]]; then current=; fi
  if [[ $current == -*=* ]]; then
    prefix=\${current%%=*}= option=\${current%%=*} current=\${current#*=}
    [[ $option == -[!-]* ]] && option=-$option
  fi

  case $option in
    '') ;;
${values.join('\n')}
  esac
  if [[ -n $option ]]; then
    :
  elif [[ $current == -* ]]; then
    case \${command:-backup} in
${options.join('\n')}
    esac
    # One dash is as good as two.
    if [[ $current == -[!-]* ]]; then options=" $options" options=\${options// --/ -}; fi
    candidates=$options
  elif [[ -z $command ]]; then
    candidates=${commands}
  elif [[ -z $operand ]]; then
    case $command in
      help) candidates=${commands} ;;
${operands.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -P "$prefix" -W "$candidates" -- "$current"))
}

complete -o default -F _smugmug_backup smugmug-backup
`
}
