import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { noteQuestions } from '../../../test/support/asked.ts'
import { Catalogue } from './catalogue.ts'
import type { FileKey } from './rows.ts'

test('files come in the order of their keys, from any of them on, and by the index', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'files-after-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'catalogue.sqlite')
  const { asked, plan, stop } = noteQuestions()
  t.after(stop)
  const catalogue = Catalogue.open({ path, mode: 'write' })
  const keys = ['A a ', 'A a raw', 'A b ', 'B a ', 'a A '].map((text): FileKey => {
    const [albumKey = '', imageKey = '', component = ''] = text.split(' ')
    return { albumKey, imageKey, component }
  })
  const same = { size: 1, md5: '', sha256: '', grade: 'original', serial: 0, toldSize: 1, toldMd5: undefined, captured: undefined } as const
  for (const [n, key] of keys.toReversed().entries()) catalogue.putFile({ ...key, ...same, name: `${n}.jpg`, state: 'held' })
  asked.clear()
  const after = (last: FileKey, limit: number): readonly FileKey[] =>
    catalogue.filesAfter(last, limit).map(({ albumKey, imageKey, component }) => ({ albumKey, imageKey, component }))
  assert.deepEqual(after({ albumKey: '', imageKey: '', component: '' }, 9), keys)
  for (const [n, key] of keys.entries()) assert.deepEqual(after(key, 2), keys.slice(n + 1, n + 3))
  assert.deepEqual(after({ albumKey: 'A', imageKey: 'a', component: 'gone' }, 1), keys.slice(1, 2))
  catalogue.close()
  assert.deepEqual(
    [...asked].flatMap((sql) => plan(path, sql)),
    ['SEARCH files USING PRIMARY KEY ((album_key,image_key,component)>(?,?,?))'],
  )
})
