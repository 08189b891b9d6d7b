import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { Catalogue } from './catalogue.ts'

test('no question about strays passes by all others of the size', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'strays-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'catalogue.sqlite')
  const asked = new Set<string>()
  const { prepare } = DatabaseSync.prototype
  t.mock.method(DatabaseSync.prototype, 'prepare', function (this: DatabaseSync, sql: string) {
    asked.add(sql)
    return prepare.call(this, sql)
  })
  const catalogue = Catalogue.open({ path, mode: 'write' })
  const { strays } = catalogue
  strays.see({ path: 'A/a.jpg', size: 10, mark: '1' }, 1)
  asked.clear()
  strays.hasSize(10)
  strays.byMd5('m', 10)
  for (const below of ['A', undefined]) assert.equal([...strays.unhashed(10, { page: 3, ...(below !== undefined && { below }) })].length, 1)
  catalogue.close()
  const db = new DatabaseSync(path)
  const plans = [...asked].map((sql) =>
    prepare
      .call(db, `EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => String(detail))
      .join('; '),
  )
  db.close()
  assert.deepEqual(plans, [
    'SEARCH strays USING COVERING INDEX strays_size (size=?)',
    'SEARCH strays USING INDEX strays_md5 (md5=? AND size=?)',
    'SEARCH strays USING INDEX strays_unhashed (size=? AND path>? AND path<?)',
  ])
})
