import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { displayWidth, shortPath, wrapped } from './width.ts'

describe('wrapping', () => {
  test('breaks between words, and indents what follows', () =>
    assert.deepEqual(wrapped('  one two three four five', 15), ['  one two three', '    four five']))

  test('leaves a line that fits, and every line without a width', () => {
    assert.deepEqual(wrapped('  one two', 9), ['  one two'])
    assert.deepEqual(wrapped('x '.repeat(500), undefined), ['x '.repeat(500)])
  })

  test('cuts a word that is wider than the terminal, between characters', () => {
    const word = '家族👨‍👩‍👧写真é'.repeat(20)
    const lines = wrapped(`see ${word} there`, 24)
    for (const line of lines) assert.ok(displayWidth(line) <= 24, line)
    assert.equal(
      lines
        .map((line) => line.trim())
        .join('')
        .replaceAll(' ', ''),
      `see${word}there`,
    )
  })

  test('cuts a path after a slash', () =>
    assert.deepEqual(wrapped('Failed: /Weddings-2026/Garcia-Lopez/Evening/IMG_0101.jpg: no answer', 40), [
      'Failed:',
      '  /Weddings-2026/Garcia-Lopez/Evening/',
      '  IMG_0101.jpg: no answer',
    ]))

  test('keeps to the width after a short folder with many marks, and below a deep indent', () => {
    const marks = `/${'\u0323'.repeat(50)}/${'👍🏿'.repeat(9)}`
    for (const text of [marks, `${' '.repeat(9)}${'x'.repeat(50)}`, `see ${'👍🏿\u200d'.repeat(40)}`])
      for (let columns = 20; columns < 40; columns += 1)
        for (const line of wrapped(text, columns)) assert.ok(displayWidth(line) <= columns, `${columns}: ${line}`)
  })

  test('keeps a mark with the space that it stands on', () =>
    assert.deepEqual(wrapped('Hochzeit \u0301Garcia und Lopez', 20), ['Hochzeit \u0301Garcia und', '  Lopez']))

  test('never cuts an address: it would not open', () => {
    const address = 'https://api.smugmug.com/services/oauth/1.0a/authorize?oauth_token=0123456789&Access=Full'
    assert.deepEqual(wrapped(address, 40), [address])
    assert.deepEqual(wrapped(`Open ${address} now.`, 40), ['Open', `  ${address}`, '  now.'])
  })

  for (const script of [
    'Hochzeit Garcia',
    '写真 家族 旅行',
    'صور العائلة',
    'תמונות משפחה',
    'ภาพ ครอบครัว',
    'परिवार की',
    '👩🏽‍🎤 🇳🇴 👨‍👩‍👧',
  ]) {
    test(`keeps to every width: ${script}`, () => {
      const text = `    /${script}/${script}: ${`${script} `.repeat(30)}`
      for (let columns = 20; columns <= 300; columns += 1) {
        const lines = wrapped(text, columns)
        for (const line of lines) assert.ok(displayWidth(line) <= columns, `${columns}: ${line}`)
        assert.equal(lines.join('').replaceAll(' ', ''), text.replaceAll(' ', ''))
      }
    })
  }

  test('of nothing is an empty line', () => assert.deepEqual(wrapped('', 20), ['']))
})

test('a path is shortened in its middle', () => {
  assert.equal(shortPath('/Weddings/Garcia/Evening/Dance', 20), '/Weddings/…/Dance')
  assert.equal(shortPath('Weddings/Garcia/Evening/Dance', 20), 'Weddings/…/Dance')
  assert.equal(shortPath('/Weddings/Dance', 5), '/Weddings/Dance')
  assert.equal(shortPath('/A/B/C', 20), '/A/B/C')
  assert.equal(shortPath('/Weddings/Garcia/Evening/Dance', undefined), '/Weddings/Garcia/Evening/Dance')
})
