import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { stringify } from 'csv-stringify/sync'
import { fc } from '../../../test/support/properties.ts'
import { ConfigurationError } from '../../errors.ts'
import { nested, readAccountsFile } from './accounts-file.ts'
import { NoTable, readCsv } from './csv.ts'

const HEAD = 'name,destination,settings,secret,schedule\n'

const refusal = (text: string): string => {
  try {
    readAccountsFile(text, 'accounts.csv')
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error))
    return `${error.message} ${error.hint}`
  }
  return assert.fail('it was taken')
}

describe('a table with commas', () => {
  test('is read as it was written, whatever the cells hold', () => {
    const cell = fc.oneof(fc.string(), fc.constantFrom('a,b', 'a"b', 'a\nb', 'a\r\nb', '"', ',', ' '))
    const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 5 })
    fc.assert(
      fc.property(rows, fc.constantFrom('\n', '\r\n'), (cells, end) => {
        const text = stringify(cells, { record_delimiter: end, quoted: true })
        const filled = cells.filter((row) => row.some((each) => each !== ''))
        assert.deepEqual(
          readCsv(`\ufeff${text}`).map((row) => row.cells),
          filled,
        )
      }),
    )
  })

  test('knows the lines of its rows', () => {
    assert.deepEqual(
      readCsv('a\n\n"b\nc"\r\nd').map(({ line }) => line),
      [1, 3, 5],
    )
  })

  for (const text of ['a"b', '"a', '"a"b', 'a,"b\n\n'])
    test(`is none where a quotation mark is wrong: ${JSON.stringify(text)}`, () => assert.throws(() => readCsv(text), NoTable))
})

describe('the accounts of a table', () => {
  test('come with the usual turns, in any order of the columns', () => {
    const text =
      'Secret,Schedule,Name,Destination,Settings\r\nstudio,,Ann & Bob, /mnt/a/ ,write_csv = true\r\nstudio,30  2 * * *,C,/mnt/c,\r\n'
    assert.deepEqual(readAccountsFile(text, 'x'), [
      { name: 'Ann & Bob', destination: '/mnt/a', settings: 'write_csv = true', secret: 'studio', schedule: '24h' },
      { name: 'C', destination: '/mnt/c', settings: '', secret: 'studio', schedule: '30 2 * * *' },
    ])
  })

  const wrong: readonly (readonly [what: string, rows: string, says: RegExp])[] = [
    ['a name twice, in other letters', 'a,/a,,s,\nA,/b,,s,\n', /line 3: name is that of line 2/],
    ['a destination twice', 'a,/a,,s,\nb,/a/,,s,\n', /line 3: destination is that of line 2/],
    ['a vault inside of another', 'a,/mnt/a,,s,\nb,/mnt/a/b,,s,\n', /the destination of b lies inside of that of a/],
    ['a name with an escape sequence', 'a\u001b[31m,/a,,s,\n', /line 2: name holds characters that nobody can see/],
    ['a name that runs backwards', 'a\u202e,/a,,s,\n', /line 2: name holds characters/],
    ['no secret', 'a,/a,,,\n', /line 2: secret is empty/],
    ['a relative destination', 'a,b,,s,\n', /line 2: destination takes the absolute path/],
    ['a schedule that is none', 'a,/a,,s,nightly\n', /line 2: schedule is "nightly"/],
    ['a schedule that never comes', 'a,/a,,s,never\n', /line 2: schedule/],
    ['an unknown setting', 'a,/a,write_cvs = true,s,\n', /There is no key write_cvs .*Did you mean write_csv/],
    ['a setting with another value', 'a,/a,write_csv = perhaps,s,\n', /write_csv in settings is "perhaps"/],
    ['a secret among the settings', 'a,/a,user_token = x,s,\n', /There is no key user_token that an account may have/],
    ['too few columns', 'a,/a,s,\n', /line 2: it has 4 columns in place of 5/],
  ]
  for (const [what, rows, says] of wrong) test(`are refused: ${what}`, () => assert.match(refusal(HEAD + rows), says))

  test('are refused as a whole, with every line named', () => {
    const rows = Array.from({ length: 30 }, (_, at) => `n${at},x,,s,`).join('\n')
    const text = refusal(HEAD + rows)
    assert.match(text, /line 2: [\s\S]*line 11: [\s\S]*and 20 more/)
    assert.match(text, /nothing was changed/)
  })

  test('need their first line', () => {
    assert.match(refusal('a,/a,,s,\n'), /first line/)
    assert.match(refusal(HEAD.replaceAll(',', ';')), /separated by commas, not by semicolons/)
    assert.match(refusal(''), /first line/)
    assert.match(refusal('name,destination,settings,secret,schedule,more\n'), /first line/)
  })

  test('may be none', () => assert.deepEqual(readAccountsFile(HEAD, 'x'), []))

  test('lie inside of others only where a whole name of a folder is the same', () => {
    assert.deepEqual(
      nested([
        { name: 'a', destination: '/mnt/a' },
        { name: 'b', destination: '/mnt/ab' },
      ]),
      [],
    )
  })
})
