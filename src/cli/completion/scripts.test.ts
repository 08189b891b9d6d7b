import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { COMMANDS } from '../command-table.ts'
import { SHELLS } from '../operands.ts'
import { OPTIONS } from '../options.ts'
import { completionScripts } from './scripts.ts'
import { completionTable, optionsOf, valued } from './table.ts'

describe('the completion script', () => {
  for (const shell of SHELLS) {
    const script = completionScripts[shell](completionTable)

    test(`for ${shell} has every command and every spelling of every option`, () => {
      for (const { name } of COMMANDS) assert.match(script, new RegExp(`\\b${name}\\b`))
      for (const { name, also = [] } of OPTIONS)
        for (const spelling of [name, ...also.map((each) => each.replace(/^-+/, ''))])
          assert.ok(new RegExp(`(?:-|-[los] )${spelling}(?![\\w-])`).test(script), spelling)
      assert.match(script, /csv\W+jsonl\W+xmp/)
      assert.match(script, /photo\W+video/)
    })
  }

  test('for PowerShell is in ASCII, with its quotation marks doubled', () => {
    const commands = [{ name: 'backup', description: "it’s „odd“… 'x'", operand: undefined }] as const
    const script = completionScripts.powershell({ commands, options: [] })
    assert.doesNotMatch(script, /[^\n -~]/)
    assert.ok(script.includes("$help['backup'] = 'it''s ?odd\"... ''x'''"), script)
  })
})

test('an option offers what its value is called', () => {
  const kinds = Object.fromEntries(completionTable.options.map(({ name, value }) => [name, value?.choices?.join() ?? value?.kind]))
  assert.partialDeepStrictEqual(kinds, {
    type: 'photo,video',
    format: 'csv,jsonl,xmp',
    config: 'file',
    output: 'file',
    destination: 'folder',
    since: 'text',
    json: undefined,
  })
  assert.ok(optionsOf(completionTable, 'verify').every(({ name }) => name !== 'format'))
  assert.ok(valued(completionTable).includes('--cfg') && !valued(completionTable).includes('--json'))
})
