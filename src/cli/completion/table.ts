import { COMMANDS } from '../command-table.ts'
import { OPERANDS } from '../operands.ts'
import { type CommandName, OPTIONS, type OptionRow, takes } from '../options.ts'

/** The thing that may stand at a place of the command line. A `text` is anything: nothing can be offered. */
export type Value =
  | { readonly kind: 'choices'; readonly choices: readonly string[] }
  | { readonly kind: 'folder' | 'file' | 'text'; readonly choices?: never }

/** One option, as a shell sees it. */
export interface CompletionOption {
  readonly name: string
  /** Each spelling with its dashes, the long name first. */
  readonly spellings: readonly string[]
  /** One line. */
  readonly description: string
  /** The name of its value; undefined for a switch. */
  readonly valueName: string | undefined
  readonly value: Value | undefined
  readonly repeatable: boolean
  readonly commands: OptionRow['commands']
}

/** One command, as a shell sees it. */
export interface CompletionCommand {
  readonly name: CommandName
  readonly description: string
  readonly operand: { readonly name: string; readonly value: Value } | undefined
}

/** Everything that a shell can complete. */
export interface CompletionTable {
  readonly commands: readonly CompletionCommand[]
  readonly options: readonly CompletionOption[]
}

const firstSentence = (text: string): string => (text.split(/(?<=\.)\s/)[0] ?? text).replace(/\.$/, '')

const valueNamed = (name: string): Value => {
  const parts = name.split('|')
  if (parts.every((part) => /^[a-z]/.test(part))) return { kind: 'choices', choices: parts }
  if (parts.includes('FILE')) return { kind: 'file' }
  return { kind: parts.includes('DIR') ? 'folder' : 'text' }
}

const optionOf = (row: OptionRow): CompletionOption => ({
  name: row.name,
  spellings: [`--${row.name}`, ...(row.also ?? [])],
  description: firstSentence(row.help),
  valueName: row.value,
  value: row.value === undefined ? undefined : valueNamed(row.value),
  repeatable: row.repeatable ?? false,
  commands: row.commands,
})

const operandOf = (name: keyof typeof OPERANDS): NonNullable<CompletionCommand['operand']> => {
  const { choices } = OPERANDS[name]
  return { name, value: choices === undefined ? valueNamed(name) : { kind: 'choices', choices } }
}

/** The commands and options of the program. */
export const completionTable: CompletionTable = {
  commands: COMMANDS.map(({ name, summary, operand }) => ({
    name,
    description: summary,
    operand: operand === undefined ? undefined : operandOf(operand),
  })),
  options: OPTIONS.map(optionOf),
}

/** Returns the options that a command takes. */
export const optionsOf = ({ options }: CompletionTable, command: CommandName): readonly CompletionOption[] =>
  options.filter((option) => takes(command, option))

/** Returns every spelling of the options with a value of this kind, or with any value, as a script compares it: with two dashes. */
export const valued = ({ options }: CompletionTable, ...kinds: readonly Value['kind'][]): readonly string[] =>
  options
    .filter(({ value }) => value !== undefined && (kinds.length === 0 || kinds.includes(value.kind)))
    .flatMap(({ spellings }) => spellings.map((spelling) => spelling.replace(/^--?/, '--')))

/** Returns the text in single quotation marks, as sh, bash and zsh read it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
