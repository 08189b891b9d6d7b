import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WITHHELD } from '../../vault/record/secrets.ts'
import { differingSettings, lacksDownloadPassword } from './album-settings.ts'

test('a setting that SmugMug composes in another way, or trims, does not differ', () => {
  const wanted = { Name: 'Caf\u0065\u0301 ', Description: 'a\r\nb', Comments: true, Keywords: 'one' }
  const present = { Name: 'Caf\u00e9', Description: 'a\nb', Comments: 'true', Keywords: 'two' }
  assert.deepEqual(differingSettings('Album', wanted, present), { Keywords: 'one' })
})

test('an empty choice is not known, and is left as SmugMug has it; an empty text is one', () => {
  const present = { SmugSearchable: 'Inherit from User', LargestSize: 'Original', Description: 'b' }
  assert.deepEqual(differingSettings('Album', { SmugSearchable: '', LargestSize: '', Description: '' }, present), { Description: '' })
})

test('a download password that was withheld counts, also where nothing else says that there was one', () => {
  for (const [withheld, present, expected] of [
    [{ DownloadPassword: WITHHELD }, {}, true],
    [{ DownloadPassword: WITHHELD }, { HasDownloadPassword: true }, false],
    [{ DownloadPassword: WITHHELD, AllowDownloads: false }, {}, false],
    [{ HasDownloadPassword: true }, {}, true],
    [{ DownloadPassword: 'guests', HasDownloadPassword: true }, {}, false],
    [{ DownloadPassword: '' }, {}, false],
  ] as const)
    assert.equal(lacksDownloadPassword(withheld, present), expected, JSON.stringify(withheld))
})
