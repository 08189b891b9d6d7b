import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

/** Marks a folder once no further file can be opened. */
const SCRIPT = `
  import { closeSync, openSync } from 'node:fs'
  import { writeMark } from ${JSON.stringify(new URL('./folder-elsewhere.ts', import.meta.url).href)}
  const files = []
  try { for (;;) files.push(openSync('/dev/null')) } catch {}
  try { writeMark(process.env.MARK, 'ours') } catch (error) { files.forEach((file) => closeSync(file)); console.log(error.code) }`

test('a mark that cannot even be opened removes none that is there', { skip: platform() === 'win32' }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mark-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const mark = join(folder, 'mark')
  writeFileSync(mark, 'theirs')
  const words = ['-c', 'ulimit -n 64; exec "$0" --input-type=module -e "$1"', process.execPath, SCRIPT]
  assert.equal(execFileSync('/bin/sh', words, { env: { ...process.env, MARK: mark }, encoding: 'utf8' }), 'EMFILE\n')
  assert.equal(readFileSync(mark, 'utf8'), 'theirs')
})
