/** The list of a million items must answer by its indexes: one question that reads all items, asked for each of them, takes days. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { noteQuestions } from '../../test/support/asked.ts'
import { Shown } from './shown.ts'
import type { ShownRow } from './shown-rows.ts'

const folder = mkdtempSync(join(tmpdir(), 'shown-'))
after(() => rmSync(folder, { recursive: true }))

const { asked, plan, stop } = noteQuestions()
after(stop)

const row = (imageKey: string, md5: string): ShownRow => ({
  ...{ albumKey: 'A', imageKey, position: 0, collected: false, md5, name: `${imageKey}.jpg`, isVideo: false, width: 3, height: 2 },
  ...{ taken: '2019-07-24T22:41:03', latitude: undefined, longitude: undefined, text: '', words: '{}', note: '', still: '' },
})

const path = join(folder, 'shown.sqlite')
const shown = Shown.open(path)

/** Returns the plans of the questions that `work` asks, for those that read all items. */
async function readingAll(work: () => unknown): Promise<readonly string[]> {
  asked.clear()
  await work()
  shown.flush()
  const questions = [...asked].filter((sql) => /\b(?:items|pictures)\b/.test(sql))
  assert.notEqual(questions.length, 0)
  return questions.filter((sql) => plan(path, sql).some((step) => /^SCAN (?:items|i|pictures|p)\b(?!.*items_waiting)/.test(step)))
}

describe('No question of the list reads all items', () => {
  const album = { key: 'A', folder: 'A', name: 'A', description: '', isLocked: false, cover: 'x', record: '1' }
  async function* rows(): AsyncGenerator<ShownRow> {
    yield row('x', '0'.repeat(32))
    yield row('y', '')
  }
  const md5 = '0'.repeat(32)
  const works: Readonly<Record<string, () => unknown>> = {
    'when an album is read, or goes': () => shown.putAlbum(album, rows()),
    'when a page is made': () => [...shown.ofAlbum('A'), shown.holder('x'), shown.firstPictured('A'), shown.itemOf(md5)],
    'when a month is made': () => [...shown.ofMonth(2019, 7)],
    'when pictures are counted': () => shown.pictures.countDue({ way: 'sharp', stills: true }),
    'when pictures are due': () => shown.pictures.due(2019, { way: 'sharp', stills: true }, { most: 5, after: row('x', md5) }),
    'when folders of pictures are gone': () =>
      (['thumbnail', 'preview'] as const).map((kind) => shown.pictures.forget({ kind, digits: '00' })),
    'when years and months are listed': () => [shown.dates.years(), shown.dates.months(2019)],
    'when a picture is noted': () => shown.pictures.put(md5, { kind: 'thumbnail', width: 3, height: 2, way: 'sharp' }),
    'when a picture is forgotten': () => [shown.pictures.forgetOne(md5), shown.pictures.settle(md5)],
  }
  for (const [when, work] of Object.entries(works)) test(when, async () => assert.deepEqual(await readingAll(work), []))
})

after(() => shown.close())
