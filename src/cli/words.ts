import { COMMANDS } from './command-table.ts'
import { type CommandName, OPTIONS, type OptionRow, type Options } from './options.ts'

/** The request of one command line. */
export type Invocation =
  | { readonly kind: 'help'; readonly command?: CommandName }
  | { readonly kind: 'version'; readonly check: boolean }
  | { readonly kind: 'run'; readonly command: CommandName; readonly operand?: string; readonly options: Options }

/** The values of a switch, as Go reads them. */
export const TRUE = /^(1|t|true)$/i
export const FALSE = /^(0|f|false)$/i

/** One thing that the command line says. */
export type Word =
  | { readonly kind: 'operand'; readonly text: string }
  | { readonly kind: 'option'; readonly row: OptionRow; readonly value: string | undefined }
  | { readonly kind: 'unknown'; readonly written: string; readonly name: string }

const optionNamed = (name: string): OptionRow | undefined =>
  OPTIONS.find((row) => row.name === name || row.also?.includes(`-${name}`) === true)

/**
 * Takes the command line apart, with Go's spelling of options too (`-cfg`, `--cfg`, `-stats=true`). The word after an option that needs a
 * value is its value, whatever it looks like; after `--` no word is an option.
 */
export const wordsOf = (argv: readonly string[]): readonly Word[] => {
  const words: Word[] = []
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? ''
    if (argument === '--') return [...words, ...argv.slice(index + 1).map((text) => ({ kind: 'operand', text }) as const)]
    if (!/^-./s.test(argument)) {
      words.push({ kind: 'operand', text: argument })
      continue
    }
    const [, name = '', given] = /^--?([^=]*)(?:=(.*))?$/s.exec(argument) ?? []
    const row = optionNamed(name)
    if (row === undefined) words.push({ kind: 'unknown', written: argument.split('=')[0] ?? argument, name })
    else words.push({ kind: 'option', row, value: given ?? (row.value === undefined ? 'true' : argv[++index]) })
  }
  return words
}

/** Returns true if JSON lines are asked for, even if the rest of the command line is wrong. */
export const wantsJson = (argv: readonly string[]): boolean => {
  const last = wordsOf(argv).findLast((word) => word.kind === 'option' && word.row.name === 'json')
  return last?.kind === 'option' && TRUE.test(last.value ?? '')
}

/** The switches that a command line may have besides help or the version, to be answered at once. */
const PLAIN: ReadonlySet<string> = new Set(['help', 'version', 'json'])

/**
 * Reads a command line that asks only for help or the version, as `parseArguments` does. Returns undefined for every other one. To load commander would
 * take longer than all the rest.
 */
export const plainInvocation = (argv: readonly string[]): Invocation | undefined => {
  const words = wordsOf(argv)
  const switches = words.flatMap((word) => (word.kind === 'option' && word.value === 'true' ? [word.row.name] : []))
  const [name, ...more] = words.flatMap((word) => (word.kind === 'operand' ? [word.text] : []))
  if (more.length > 0 || !switches.every((each) => PLAIN.has(each))) return undefined
  if (words.length > switches.length + (name === undefined ? 0 : 1)) return undefined
  if (name === 'help') return { kind: 'help' }
  if (switches.includes('version')) return { kind: 'version', check: false }
  if (!switches.includes('help')) return undefined
  if (name === undefined) return { kind: 'help' }
  const command = COMMANDS.find((row) => row.name === name)?.name
  return command && { kind: 'help', command }
}
