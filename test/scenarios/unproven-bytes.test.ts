/** Photos that SmugMug lists without size and MD5: their bytes are believed only if they are of the photo's kind. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { readBytes } from '../../simulator/bytes.ts'
import type { Fault, World } from '../../simulator/world.ts'
import { albumNode, KEYS, photo } from '../../simulator/worlds/make.ts'
import { assertMirrors, openLab } from '../support/lab.ts'

const a = photo('a')
const world: World = { nickName: 'ann', name: 'Ann', keys: KEYS, root: [albumNode('Norway', [a, photo('b')])] }
const unproven: Fault = {
  on: 'images',
  does: { kind: 'patch', response: { AlbumImage: { 0: { ArchivedMD5: 'not one', ArchivedSize: null } } } },
}
const page = '<!DOCTYPE html><html><body>Sign in</body></html>'
const answered = (body: string, type = 'image/jpeg', more = {}): Fault['does'] => ({
  kind: 'status',
  status: 200,
  body,
  headers: { 'Content-Type': type, ...more },
})
const bytes = readBytes(a.bytes).toString('latin1')
const wrong: Record<string, Fault['does']> = {
  'a log-in page that is called a photo': answered(page),
  'a log-in page with its own MD5': answered(page, 'image/jpeg', { ETag: `"${createHash('md5').update(page).digest('hex')}"` }),
  'an error in JSON': answered('{"Code":500}', 'application/json'),
  'an error in JSON that is called a photo': answered('{"Code":500}'),
  'plain text': answered('upstream timeout', 'text/plain'),
  'plain text that is called data': answered('upstream timeout', 'application/octet-stream'),
  nothing: answered(''),
  'bytes that are not those of the ETag': answered(bytes.slice(0, 1000), 'image/jpeg', { ETag: `"${'0'.repeat(32)}"` }),
}

describe('a photo without size and MD5', { concurrency: 4 }, () => {
  test('is held when the bytes are a photo', async (t) => {
    const lab = await openLab(t, world)
    lab.sim.setBehaviour({ faults: [unproven] })
    await lab.complete()
    assertMirrors(lab)
  })

  for (const [name, does] of Object.entries(wrong)) {
    test(`is not ${name}: tried again, then failed, and held once it is right`, async (t) => {
      const lab = await openLab(t, world)
      const file = { on: 'file', match: a.key, does } as const
      lab.sim.setBehaviour({ faults: [unproven, { ...file, nth: 1 }] })
      await lab.complete({ settings: { maxRetries: 1 } })
      assertMirrors(lab)
      const other = await openLab(t, world)
      other.sim.setBehaviour({ faults: [unproven, file] })
      const told = await other.backup({ settings: { maxRetries: 0 } })
      assert.deepEqual([told.exitCode, told.totals.failed, told.totals.stored], [3, 1, 1])
      assert.deepEqual([...other.media().keys()], ['Norway/b.jpg'])
      other.sim.setBehaviour({})
      await other.complete()
      assertMirrors(other)
    })
  }
})
