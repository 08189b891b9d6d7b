import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noTotals } from '../model.ts'
import { openMemory } from '../vault/storage/memory.ts'
import { type Report, reportJson } from './backup/report/report.ts'
import { readReport } from './read-report.ts'

const report: Report = {
  operation: 'backup',
  startedAt: 1,
  exitCode: 0,
  message: 'Complete.',
  dryRun: false,
  totals: noTotals,
  problems: [],
  albums: [],
  removed: [],
  byGrade: {},
}

test('A report is read with as many names as are asked for, however many it has', async () => {
  const storage = openMemory()
  const changes = {
    *each(what: 'came' | 'changed' | 'moved' | 'went') {
      if (what === 'came') for (let n = 0; n < 5; n++) yield { what, album: '/A', name: `   ],${n}.jpg`, imageKey: String(n) }
      if (what === 'went') yield { what, album: '/B', name: 'x.jpg', note: 'its file is kept' }
    },
  }
  await storage.put(
    'report.json',
    (async function* () {
      for (const piece of reportJson(report, changes)) yield Buffer.from(piece)
    })(),
  )
  for (const most of [0, 1, 4, 5, 6]) {
    const read = await readReport(storage, 'report.json', most)
    assert.deepEqual(
      [read.changes?.came.length, read.changes?.changed, read.changes?.went.length],
      [Math.min(5, most), [], Math.min(1, most)],
      `at most ${most}`,
    )
    assert.equal(read.message, 'Complete.')
  }
})
