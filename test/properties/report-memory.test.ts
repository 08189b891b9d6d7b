/** A first run brings every item of the account: its report names each, and must not need more memory for it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { QUICK } from '../support/quick.ts'

const CHILD = join(import.meta.dirname, '..', 'support', 'many-changes.ts')
/** As objects they would need more than fifty megabytes. */
const CHANGES = 200_000
/** The program's own code takes half of it; the rest leaves room for garbage. */
const HEAP_MB = 48

test(`the report of ${CHANGES} changes is written within a heap of ${HEAP_MB} MB`, (t) => {
  const folder = mkdtempSync(join(QUICK, 'smugmug-report-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const { status, stderr } = spawnSync(process.execPath, [`--max-old-space-size=${HEAP_MB}`, CHILD, folder, String(CHANGES)], {
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr.slice(-2000))
  const { changes } = JSON.parse(readFileSync(join(folder, 'all.json'), 'utf8'))
  assert.equal(changes.came.length, CHANGES)
  const page = readFileSync(join(folder, 'all.txt'), 'utf8')
  assert.ok(/\/Garcia-Lopez\/199 \(1,000\): IMG_199000\.jpg, .*, and 980 more/.test(page), 'the page names the last album')
})
