import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { stringify } from 'csv-stringify/sync'
import { fc } from '../../../test/support/properties.ts'
import { readAccountSettings } from '../../config/fleet-account.ts'
import { ConfigurationError } from '../../errors.ts'
import { readAccountsFile } from './accounts-file.ts'
import { NoTable, readCsv } from './csv.ts'
import { sharedPlaces } from './places.ts'

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
      { line: 2, name: 'Ann & Bob', destination: '/mnt/a', settings: 'write_csv = true', secret: 'studio', schedule: '24h' },
      { line: 3, name: 'C', destination: '/mnt/c', settings: '', secret: 'studio', schedule: '30 2 * * *' },
    ])
  })

  test('have their names in one form of Unicode: two that look alike are one', () => {
    const [nfc, nfd] = ['Ren\u00e9', 'Rene\u0301']
    assert.equal(readAccountsFile(`${HEAD}${nfd},/mnt/a,,studio,\n`, 'x')[0]?.name, nfc)
    assert.match(refusal(`${HEAD}${nfc},/mnt/a,,studio,\n${nfd},/mnt/b,,studio,\n`), /line 3: name is that of line 2/)
  })

  test('come from Excel of any country: a byte-order mark, semicolons, quotation marks, empty lines of cells', () => {
    const text =
      '\ufeffname;destination;settings;secret;schedule\r\n"Ann ""A."" / Söhne";/mnt/a;"write_csv = true; exclude = a, b";s;30 2 * * 1,3\r\n;;;;\r\n'
    assert.deepEqual(readAccountsFile(text, 'x'), [
      {
        line: 2,
        name: 'Ann "A." / Söhne',
        destination: '/mnt/a',
        settings: 'write_csv = true; exclude = a, b',
        secret: 's',
        schedule: '30 2 * * 1,3',
      },
    ])
  })

  test('may have a server, public keys and further copies of their own', () => {
    const key = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'
    const text = `a,s3://b/a,s3.region = eu-central-1; encryption.recipients = ${key}; copy.usb.destination = /usb/a; copy.usb.max_lag_days = 3,s,`
    assert.equal(readAccountsFile(`${HEAD}${text}\n`, 'x').length, 1)
    assert.deepEqual(Object.fromEntries(readAccountSettings(text.split(',')[2] ?? '').variables), {
      SMGMG_BK_S3_REGION: 'eu-central-1',
      SMGMG_BK_ENCRYPTION_RECIPIENTS: key,
      SMGMG_BK_COPY_USB_DESTINATION: '/usb/a',
      SMGMG_BK_COPY_USB_MAX_LAG_DAYS: '3',
    })
  })

  const wrong: readonly (readonly [what: string, rows: string, says: RegExp])[] = [
    ['a name twice, in other letters', 'a,/a,,s,\nA,/b,,s,\n', /line 3: name is that of line 2/],
    ['a destination twice', 'a,/a,,s,\nb,/a/,,s,\n', /line 3: the destination of b is also the destination of a/],
    ['a destination twice in two spellings', 'a,/a,,s,\nb,/x/..//a/.,,s,\n', /line 3: the destination of b is also/],
    ['a vault inside of another', 'a,/mnt/a,,s,\nb,/mnt/a/b,,s,\n', /line 3: the destination of b lies inside of the destination of a/],
    ['a vault around another', 'b,/mnt/a/b,,s,\na,/mnt/a,,s,\n', /line 2: the destination of b lies inside of the destination of a/],
    ['a vault inside of the root', 'a,/,,s,\nb,/b,,s,\n', /line 3: the destination of b lies inside of the destination of a/],
    ['a bucket inside of another', 'a,s3://bucket/,,s,\nb,s3://bucket/b,,s,\n', /line 3: the destination of b lies inside/],
    [
      'one copy for two accounts',
      'a,/a,copy.usb.destination = /usb,s,\nb,/b,copy.disk.destination = /usb,s,\n',
      /line 3: the copy disk of b is also the copy usb of a/,
    ],
    [
      'a copy in the vault of another',
      'a,/a,copy.usb.destination = /b/c,s,\nb,/b,,s,\n',
      /line 2: the copy usb of a lies inside of the destination of b/,
    ],
    ['one public twin for two accounts', 'a,/a,public_twin = /w,s,\nb,/b,public_twin = /w,s,\n', /line 3: the public twin of b is also/],
    ['a copy without a destination', 'a,/a,copy.usb.max_lag_days = 3,s,\n', /line 2: settings: \[copy\.usb\] has no destination/],
    ['a copy with a name that none may have', 'a,/a,copy.all.destination = /b,s,\n', /line 2: settings: The name "all" of a copy/],
    ['a key of a server', 'a,/a,s3.secret_access_key = x,s,\n', /There is no key s3\.secret_access_key that an account may have/],
    ['a quotation mark without an end', 'a,/a,,s,\nb,"/b,,s,\n', /line 3: a quotation mark/],
    ['a name with an escape sequence', 'a\u001b[31m,/a,,s,\n', /line 2: name holds characters that nobody can see/],
    ['a name that runs backwards', 'a\u202e,/a,,s,\n', /line 2: name holds characters/],
    ['a name like an option', '-v,/a,,s,\n', /line 2: name begins with "-"/],
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
    assert.match(refusal(HEAD.replaceAll(',', '\t')), /first line/)
    assert.match(refusal(''), /first line/)
    assert.match(refusal('name,destination,settings,secret,schedule,more\n'), /first line/)
  })

  test('may be none', () => assert.deepEqual(readAccountsFile(HEAD, 'x'), []))

  test('lie inside of others only where a whole name of a folder is the same; two accounts that the fleet has already are not judged', () => {
    const known = (name: string, destination: string) => ({ name, destination, settings: '' })
    assert.deepEqual(sharedPlaces([known('a', '/mnt/a'), { ...known('b', '/mnt/ab'), line: 2 }]), [])
    assert.deepEqual(sharedPlaces([known('a', '/mnt/a'), known('b', '/mnt/a')]), [])
    assert.equal(sharedPlaces([known('a', '/mnt/a/c'), { ...known('b', '/mnt/a'), line: 2 }]).length, 1)
  })

  test('may be ten thousand, and a hundred troubles among them are named in short', () => {
    const rows = Array.from({ length: 10_000 }, (_, at) => `n${at},/mnt/${at},write_csv = true,s,${at % 100 === 0 ? 'nightly' : ''}`)
    assert.match(refusal(`${HEAD}${rows.join('\n')}`), /line 2: schedule is "nightly"[\s\S]*and 90 more/)
    assert.equal(readAccountsFile(`${HEAD}${rows.join('\n').replaceAll('nightly', '')}`, 'x').length, 10_000)
  })
})
