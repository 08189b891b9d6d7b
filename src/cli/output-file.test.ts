import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DestinationError } from '../errors.ts'
import { writeWhole } from './output-file.ts'

const folderFor = (context: { after(call: () => void): void }): string => {
  const folder = mkdtempSync(join(tmpdir(), 'output-'))
  context.after(() => rmSync(folder, { recursive: true }))
  return folder
}

test('a file is written whole, piece by piece', async (context) => {
  const folder = folderFor(context)
  const path = join(folder, 'x.csv')
  const result = await writeWhole(path, async (write) => {
    await write('a,b\n')
    await write('1,2\n')
    return 7
  })
  assert.equal(result, 7)
  assert.equal(readFileSync(path, 'utf8'), 'a,b\n1,2\n')
  assert.deepEqual(readdirSync(folder), ['x.csv'])
})

test('what stood there stays when the writing fails, and nothing half is left', async (context) => {
  const folder = folderFor(context)
  const path = join(folder, 'x.csv')
  writeFileSync(path, 'old')
  const bug = new Error('bug')
  await assert.rejects(
    writeWhole(path, async (write) => {
      await write('new')
      throw bug
    }),
    bug,
  )
  assert.equal(readFileSync(path, 'utf8'), 'old')
  assert.deepEqual(readdirSync(folder), ['x.csv'])
})

test('a place that cannot be written to is named', async (context) => {
  const path = join(folderFor(context), 'nowhere', 'x.csv')
  await assert.rejects(
    writeWhole(path, async () => {}),
    (error) => error instanceof DestinationError && error.message.includes(path),
  )
})
