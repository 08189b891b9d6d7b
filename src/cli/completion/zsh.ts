import { type CompletionOption, type CompletionTable, optionsOf, quoted, type Value, valued } from './table.ts'

/** Returns the text as `_arguments` and `_describe` read it: their own marks are escaped. */
const escaped = (text: string): string => text.replace(/[\\[\]:]/g, '\\$&')

const action = (value: Value): string => {
  switch (value.kind) {
    case 'choices':
      return `(${value.choices.join(' ')})`
    case 'folder':
      return '_files -/'
    case 'file':
      return '_files'
    case 'text':
      // One space: nothing can be offered, so only the name of the value is shown.
      return ' '
    default:
      return value satisfies never
  }
}

const specs = ({ spellings, description, valueName, value, repeatable }: CompletionOption): readonly string[] =>
  spellings.map((spelling) => {
    const start = `${repeatable ? '*' : ''}${spelling}${value === undefined ? '' : '='}[${escaped(description)}]`
    return quoted(value === undefined ? start : `${start}:${escaped(valueName ?? '')}:${action(value)}`)
  })

/** Returns the completion script for zsh: a file for `$fpath`, which can also be sourced. */
export const zshScript = (table: CompletionTable): string => {
  const commands = table.commands.map(({ name, description }) => `    ${quoted(`${name}:${escaped(description)}`)}`)
  const cases = table.commands.map(({ name, operand }) => {
    const options = optionsOf(table, name).flatMap(specs)
    const second = operand === undefined ? [] : [quoted(`2:${escaped(operand.name)}:${action(operand.value)}`)]
    return [`    (${name}) specs=(`, ...[...options, ...second].map((spec) => `      ${spec}`), '    ) ;;'].join('\n')
  })
  return `#compdef smugmug-backup
# zsh completion for smugmug-backup

_smugmug_backup_commands() {
  local -a commands=(
${commands.join('\n')}
  )
  _describe -t commands command commands
}

_smugmug_backup() {
  local command word
  local -a specs
  local -i index

  # The command is the first word that is no option and no value; it may stand behind the cursor.
  for (( index = 2; index <= $#words; index++ )); do
    (( index == CURRENT )) && continue
    word=$words[index]
    [[ $word == -[^-]* ]] && word=-$word
    case $word in
      (${valued(table).join('|')}) (( index++ )) ;;
      (-*) ;;
      (*) command=$word; break ;;
    esac
  done

  case \${command:-backup} in
    (help) specs=('2:command:_smugmug_backup_commands') ;;
${cases.join('\n')}
  esac
  _arguments -S : '1:command:_smugmug_backup_commands' $specs
}

# In a folder of $fpath this whole file is the function; elsewhere it is read once.
if [[ $funcstack[1] == _smugmug[-_]backup ]]; then
  _smugmug_backup "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _smugmug_backup smugmug-backup
fi
`
}
