import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { appendTo, moveEntry } from '../storage/abilities.ts'
import { openMemory } from '../storage/memory.ts'
import type { Storage } from '../storage/storage.ts'
import { Past } from './past.ts'
import { PastTexts } from './past-texts.ts'
import { changeLine, headLine, readVersion, versionPath } from './version-file.ts'
import { packedLines, VersionError } from './version-text.ts'

const AT = Date.UTC(2026, 10, 26)

/** Writes the file of a run in which album A had the name of that run before. */
const night = (storage: Storage, run: number, previous?: number): Promise<void> =>
  appendTo(
    storage,
    versionPath(run, AT),
    packedLines([
      headLine({ run, at: AT, ...(previous !== undefined && { previous }) }),
      changeLine('A', { op: 'head', set: { name: `before ${run}` } }),
    ]),
  )

const open = (storage: Storage, run: number, newest?: number) =>
  Past.open({ storage, catalogue: { runs: { endedWell: () => true }, meta: () => newest?.toString() } }, run)

const nameAt = async (storage: Storage, run: number, newest?: number): Promise<unknown> => {
  const then = (await open(storage, run, newest)).recordBack('A', { head: { name: 'now' }, rows: new Map() })
  return then === 'lost' ? then : then?.head.name
}

describe('a file of the past', () => {
  const four = async (): Promise<Storage> => {
    const storage = openMemory()
    for (const [run, previous] of [[2], [5, 2], [6, 5], [9, 6]] as const) await night(storage, run, previous)
    return storage
  }

  test('that somebody removed is missed by every moment before it, and by no later one', async () => {
    for (const gone of [5, 6, 9]) {
      const storage = await four()
      await storage.remove(versionPath(gone, AT))
      for (const run of [1, 2, 4])
        await assert.rejects(nameAt(storage, run, 9), { message: new RegExp(`the file of run ${gone} is missing`) })
      assert.equal(await nameAt(storage, gone, 9), gone === 9 ? 'now' : `before ${gone === 5 ? 6 : 9}`)
    }
    assert.equal(await nameAt(await four(), 1, 9), 'before 2')
  })

  test('of a run that was killed before it changed anything breaks no chain', async () => {
    const storage = await four()
    await appendTo(storage, versionPath(12, AT), packedLines([headLine({ run: 12, at: AT })]).subarray(0, 8))
    await night(storage, 13, 12)
    const past = await Past.open({ storage, catalogue: { runs: { endedWell: (run) => run !== 12 }, meta: () => '9' } }, 1)
    assert.equal([...past.records].join(), 'A')
  })

  test('that stands under the name of another run is an error', async () => {
    const storage = await four()
    for (const [from, to] of [
      ['5', 'x'],
      ['6', '5'],
      ['x', '6'],
    ] as const)
      await moveEntry(storage, versionPath(9, AT).replace('9', from), versionPath(9, AT).replace('9', to))
    await assert.rejects(nameAt(storage, 1), { name: 'VersionError', message: /6\.jsonl\.gz is the file of run 5/ })
  })

  test('that unpacks to one endless line is refused in linear time and little memory', async () => {
    const storage = openMemory()
    await appendTo(storage, versionPath(1, AT), gzipSync(Buffer.alloc(160 * 1024 * 1024, 'x')))
    const before = process.memoryUsage.rss()
    const started = process.cpuUsage()
    await assert.rejects(async () => {
      for await (const _line of readVersion(storage, versionPath(1, AT)));
    }, VersionError)
    assert.ok(process.cpuUsage(started).user < 10_000_000)
    assert.ok(process.memoryUsage.rss() - before < 400e6)
  })

  test('with more changes of one record than any album has is refused before they fill the memory', async () => {
    const storage = openMemory()
    const piece = gzipSync(`${changeLine('A', { op: 'came', row: 'x'.repeat(1000) })}\n`.repeat(20_000))
    await appendTo(
      storage,
      versionPath(1, AT),
      Buffer.concat([packedLines([headLine({ run: 1, at: AT })]), ...Array.from({ length: 20 }, () => piece)]),
    )
    await assert.rejects(open(storage, 0), { name: 'VersionError', message: /is larger than any past/ })
  })

  test('whose lines are written in another order of fields, or without an end of line, is read', async () => {
    const storage = openMemory()
    const lines = [headLine({ run: 1, at: AT }), '{"op":"head","set":{"name":"was"},"album":"A"}'].join('\n')
    await appendTo(storage, versionPath(1, AT), gzipSync(lines))
    assert.equal(await nameAt(storage, 0), 'was')
  })
})

test('changes that are more than memory should hold come back in their order', () => {
  const [small, large] = [new PastTexts(), new PastTexts(100)]
  for (let n = 0; n < 500; n += 1) for (const texts of [small, large]) texts.add(`r${n % 7}`, n % 3, `{"n":${n},"text":"é\\n"}`)
  for (let record = 0; record < 8; record += 1)
    for (let each = 0; each < 3; each += 1) assert.deepEqual(large.of(`r${record}`, each), small.of(`r${record}`, each))
  assert.equal(small.of('r1', 1).length, 24)
})
