import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { noteServer, readServer } from './server-note.ts'

test('a link in the place of the note is not followed: neither read, nor written through', (t) => {
  const home = mkdtempSync(join(tmpdir(), 'server-note-'))
  t.after(() => rmSync(home, { recursive: true }))
  const env = { HOME: home, XDG_STATE_HOME: join(home, 'state') }
  const note = { url: 'http://localhost:1/', control: 'secret' }
  noteServer(env, '/vault', note)
  assert.deepEqual(readServer(env, '/vault'), note)
  const folder = join(home, 'state', 'smugmug-backup', 'web')
  const path = join(folder, readdirSync(folder)[0] ?? assert.fail('no note'))
  const other = join(home, 'other.json')
  writeFileSync(other, JSON.stringify({ url: 'http://evil.example/', control: 'x' }))
  rmSync(path)
  symlinkSync(other, path)
  assert.equal(readServer(env, '/vault'), undefined)
  const before = readFileSync(other, 'utf8')
  noteServer(env, '/vault', note)
  assert.equal(readFileSync(other, 'utf8'), before)
})
