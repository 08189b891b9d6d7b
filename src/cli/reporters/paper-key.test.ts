import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encryptionLines, type PaperKey, paperQuestion, paperSheet } from './paper-key.ts'

const key: PaperKey = {
  identity: 'AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX',
  recipient: 'age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj',
}

describe('the sheet of a paper key', () => {
  const sheet = paperSheet(key, '2026-11-29')

  test('can be typed again: its groups, one behind the other, are the key', () => {
    const groups = [...sheet.matchAll(/^ {2}\d {3}(.+)$/gm)].map(([, line = '']) => line.replaceAll(' ', ''))
    assert.equal(`AGE-SECRET-KEY-1${groups.join('')}`, key.identity)
    assert.deepEqual(
      groups.map(({ length }) => length),
      [16, 16, 16, 10],
    )
    assert.ok(sheet.includes(key.recipient) && sheet.includes('2026-11-29'))
  })

  test('fits on a narrow sheet, and into plain letters', () => {
    for (const line of sheet.split('\n')) assert.match(line, /^[ -~]{0,72}$/)
  })

  test('its last line is known again, with blanks and small letters, and no other', () => {
    const { message, check } = paperQuestion(key)
    assert.match(message, /line 4/)
    for (const typed of ['GFPQ  4EGA  EX', 'gfpq4egaex', ' gfpq-4ega-ex ']) assert.equal(check(typed), undefined, typed)
    for (const typed of ['', 'GFPQ4EGAE', 'GFPQ4EGAEY', 'GFPYYSJZGFPYYSJZ']) assert.match(check(typed) ?? '', /not line 4/, typed)
  })
})

test('the lines of the configuration are TOML, whatever the path is', async () => {
  const { parse } = await import('smol-toml')
  for (const path of ['/home/ann/key.txt', 'C:\\Users\\ann "x"\\key.txt']) {
    assert.deepEqual(structuredClone(parse(encryptionLines(['age1a', 'age1b'], path))), {
      encryption: { recipients: ['age1a', 'age1b'], identity_file: path },
    })
  }
})
