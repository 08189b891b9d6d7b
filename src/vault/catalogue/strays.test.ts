import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { noteQuestions } from '../../../test/support/asked.ts'
import { Catalogue } from './catalogue.ts'

test('no question about strays passes by all others of the size', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'strays-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'catalogue.sqlite')
  const { asked, plan, stop } = noteQuestions()
  t.after(stop)
  const catalogue = Catalogue.open({ path, mode: 'write' })
  const { strays } = catalogue
  strays.see({ path: 'A/a.jpg', size: 10, mark: '1' }, 1)
  asked.clear()
  strays.hasSize(10)
  strays.byMd5('m', 10)
  for (const below of ['A', undefined]) assert.equal([...strays.unhashed(10, { page: 3, ...(below !== undefined && { below }) })].length, 1)
  catalogue.close()
  const plans = [...asked].map((sql) => plan(path, sql).join('; '))
  assert.deepEqual(plans, [
    'SEARCH strays USING COVERING INDEX strays_size (size=?)',
    'SEARCH strays USING INDEX strays_md5 (md5=? AND size=?)',
    'SEARCH strays USING INDEX strays_unhashed (size=? AND path>? AND path<?)',
  ])
})
