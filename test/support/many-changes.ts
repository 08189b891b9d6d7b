/**
 * Notes many changes in a new catalogue and writes the report of them, as the end of a run does. Prints the bytes and the milliseconds that
 * each change took. Run it as a process of its own, with little memory: `node --max-old-space-size=48 many-changes.ts FOLDER COUNT`.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { openVaultAt } from '../../src/app/app.ts'
import { noTotals } from '../../src/model.ts'
import { type Report, reportJson, reportPage } from '../../src/operations/backup/report/report.ts'
import { writeIfChanged } from '../../src/vault/record/write-if-changed.ts'

const [, , folder = '', count = ''] = process.argv
const changes = Number(count)
const vault = await openVaultAt(folder, { mode: 'write', operation: 'backup' })
const { catalogue, storage } = vault
const size = (): number => statSync(join(folder, '.smugmug-backup', 'catalogue.sqlite')).size
catalogue.flush()
const before = size()
const began = performance.now()
for (let n = 0; n < changes; n += 1) {
  const album = `/Weddings-2026/Garcia-Lopez/${Math.floor(n / 1000)}`
  catalogue.changes.add({ what: 'came', album, name: `IMG_${n}.jpg`, imageKey: n.toString(36).padStart(7, '0') })
  if (n % 10_000 === 0) catalogue.flush()
}
catalogue.flush()
const took = performance.now() - began
const report: Report = {
  ...{ operation: 'backup', startedAt: 0, dryRun: false, exitCode: 0, message: 'Complete.' },
  ...{ totals: noTotals, problems: [], albums: [], removed: [], byGrade: {} },
}
for (const [name, text] of [
  ['all.json', () => reportJson(report, catalogue.changes)],
  ['all.txt', () => reportPage(report, catalogue.changes)],
] as const)
  await writeIfChanged(storage, name, text)
await vault.close()
process.stdout.write(`${(size() - before) / changes} bytes and ${took / changes} ms for each change\n`)
