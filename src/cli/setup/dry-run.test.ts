import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as app from '../../app/lazily.ts'
import { defaultSettings, type Settings } from '../../config/settings.ts'
import { noTotals } from '../../model.ts'
import type { AccountList } from '../../operations/outcome.ts'
import type { CommandContext } from '../command.ts'
import { lookAhead } from './dry-run.ts'

const TB = 1e12

/** An account with one album of this size, of which nothing is held. */
const listOf = (bytes: number): AccountList => ({
  ...{ exitCode: 0, message: '', totals: noTotals, problems: [], folderNames: {}, byGrade: {} },
  albums: [{ path: 'Travel', key: 'a', items: 2, held: 0, missing: 2, pending: 0, impossible: 0, bytes }],
})

test('a disk is not called too small for photos that may lie in the folder already', { skip: process.platform === 'win32' }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lying-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const lines = async (bytes: number): Promise<readonly string[]> => {
    const context = {
      stage: { line: () => undefined },
      app: async () => ({ ...app, runList: async () => listOf(bytes) }),
      request: (settings: Settings) => ({ settings, emit: () => undefined, signal: new AbortController().signal, env: {} }),
    } as unknown as CommandContext
    return (await lookAhead(context, { ...defaultSettings, destination: folder })).lines
  }
  assert.match((await lines(10 * TB))[1] ?? '', /^The disk is too small: 10\.0 TB are needed/)
  const film = join(folder, 'film.mp4')
  writeFileSync(film, '')
  // It takes no room on the disk: nothing is written into it.
  truncateSync(film, 10 * TB)
  assert.equal((await lines(10 * TB)).length, 1)
  assert.match((await lines(14 * TB))[1] ?? '', /^The disk is too small: 4\.0 TB are needed/)
})
