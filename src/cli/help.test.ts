import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COMMANDS } from './command-table.ts'
import { EXIT_CODES } from './exit-codes.ts'
import { commandHelp, programHelp } from './help.ts'
import { OPTIONS, takes } from './options.ts'

/** A command to be typed is not broken. */
const commandLines = new Set(COMMANDS.flatMap(({ examples }) => examples.map(([command]) => command)))

const fits = (text: string, columns = 80): void => {
  for (const line of text.split('\n'))
    assert.ok(
      line.length <= columns || (columns < 80 && commandLines.has(line.trim())) || /^Usage|^ {2}smugmug-backup|^https:/.test(line),
      `too wide: ${line}`,
    )
}

test('help fits terminals of every width, and is never wider than can be read', () => {
  for (const [columns, width] of [
    [40, 40],
    [60, 60],
    [0, 80],
    [120, 100],
  ] as const)
    for (const text of [programHelp(columns), ...COMMANDS.map(({ name }) => commandHelp(name, columns))]) {
      fits(text, width)
      assert.doesNotMatch(text, / $/m)
    }
  assert.match(commandHelp('backup', 40), /^ {2}--dry-run\n {6}Show what/m)
})

test('the help of the program names every command, the options of all, and every exit code, in 80 columns', () => {
  const help = programHelp()
  fits(help)
  for (const { name } of COMMANDS) assert.match(help, new RegExp(`^  ${name}\\b`, 'm'))
  for (const { name, commands } of OPTIONS) if (commands === 'all') assert.match(help, new RegExp(`--${name}\\b`))
  for (const [code] of EXIT_CODES) assert.match(help, new RegExp(`^  ${code} `, 'm'))
})

for (const { name, operand, examples } of COMMANDS) {
  test(`the help of ${name} has its options, its examples and nothing wider than 80 columns`, () => {
    const help = commandHelp(name)
    fits(help)
    assert.match(
      help,
      new RegExp(`^Usage: smugmug-backup ${name}${operand === undefined ? '' : ` \\[?${operand.replaceAll(/[[\]]/g, '\\$&')}\\]?`} `),
    )
    for (const option of OPTIONS) assert.equal(new RegExp(`--${option.name}[ [\\n]`).test(help), takes(name, option), option.name)
    for (const [example] of examples) assert.ok(help.includes(example), example)
  })
}
