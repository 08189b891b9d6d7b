import assert from 'node:assert/strict'
import { test } from 'node:test'
import { differingSettings } from './album-settings.ts'

test('a setting that SmugMug composes in another way, or trims, does not differ', () => {
  const wanted = { Name: 'Caf\u0065\u0301 ', Description: 'a\r\nb', Comments: true, Keywords: 'one' }
  const present = { Name: 'Caf\u00e9', Description: 'a\nb', Comments: 'true', Keywords: 'two' }
  assert.deepEqual(differingSettings('Album', wanted, present), { Keywords: 'one' })
})
