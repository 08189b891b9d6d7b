import { type CompletionOption, type CompletionTable, type Value, valued } from './table.ts'

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`

const parameters = (value: Value): string => {
  switch (value.kind) {
    case 'choices':
      return ` -x -a ${quoted(value.choices.join(' '))}`
    case 'folder':
      return " -x -a '(__fish_complete_directories)'"
    case 'file':
      return ' -r -F'
    case 'text':
      return ' -x'
    default:
      return value satisfies never
  }
}

const spelling = (text: string): string => {
  if (text.startsWith('--')) return `-l ${text.slice(2)}`
  return text.length === 2 ? `-s ${text.slice(1)}` : `-o ${text.slice(1)}`
}

const optionLine = ({ spellings, description, value, commands }: CompletionOption): string => {
  const condition = commands === 'all' ? '' : ` -n '__smugmug_backup_in ${commands.join(' ')}'`
  return `complete -c smugmug-backup${condition} ${spellings.map(spelling).join(' ')}${value === undefined ? '' : parameters(value)} -d ${quoted(description)}`
}

/** Returns the completion script for fish, 3.0 or later. */
export const fishScript = (table: CompletionTable): string => {
  const commands = (condition: string): readonly string[] =>
    table.commands.map(({ name, description }) => `complete -c smugmug-backup -n ${quoted(condition)} -a ${name} -d ${quoted(description)}`)
  const operands = table.commands.flatMap(({ name, operand }) =>
    operand === undefined
      ? []
      : [
          `complete -c smugmug-backup -n '__smugmug_backup_operand_of ${name}'${operand.value.kind === 'file' ? ' -F' : parameters(operand.value).replace(' -x', ' -f')}`,
        ],
  )
  return `# fish completion for smugmug-backup

# The words before the cursor that are no options and no values: the command, and what it works on.
function __smugmug_backup_operands
    set -l words (commandline -opc)
    set -l skip 0
    for word in $words[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        string match -qr '^-[^-]' -- $word; and set word "-$word"
        switch $word
            case ${valued(table).join(' ')}
                set skip 1
            case '-*'
            case '*'
                echo -- $word
        end
    end
end

function __smugmug_backup_in
    set -l operands (__smugmug_backup_operands)
    test (count $operands) -gt 0; or set operands backup
    contains -- $operands[1] $argv
end

function __smugmug_backup_operand_of
    set -l operands (__smugmug_backup_operands)
    test (count $operands) -eq 1; and contains -- $operands[1] $argv
end

function __smugmug_backup_bare
    test (count (__smugmug_backup_operands)) -eq 0
end

complete -c smugmug-backup -f
${[...commands('__smugmug_backup_bare'), ...commands('__smugmug_backup_operand_of help'), ...operands, ...table.options.map(optionLine)].join('\n')}
`
}
