import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COMMANDS, EXIT_CODES } from './command-table.ts'
import { commandHelp, programHelp } from './help.ts'
import { OPTIONS, takes } from './options.ts'

const fits = (text: string): void => {
  for (const line of text.split('\n')) assert.ok(line.length <= 80, `too wide: ${line}`)
}

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
    assert.match(help, new RegExp(`^Usage: smugmug-backup ${name}${operand === undefined ? '' : ` ${operand}`} `))
    for (const option of OPTIONS)
      assert.equal(help.includes(`--${option.name} `) || help.includes(`--${option.name}\n`), takes(name, option), option.name)
    for (const [example] of examples) assert.ok(help.includes(example), example)
  })
}
