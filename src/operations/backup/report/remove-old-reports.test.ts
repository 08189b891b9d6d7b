import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { albumNode, KEYS, photo } from '../../../../simulator/worlds/make.ts'
import { openLab } from '../../../../test/support/lab.ts'
import { oldReports } from './remove-old-reports.ts'

const now = Date.UTC(2026, 10, 28)
const OLD = ['2025-01-01T03-04-05.006Z.json', '2025-01-01T03-04-05.006Z.txt', '2025-01-01T03-04-05.006Z-2.json']
const OTHERS = [
  'notes.txt',
  '2025-01-01.txt',
  '2025-01-01T03-04-05.006Z.pdf',
  'x2025-01-01T03-04-05.006Z.txt',
  '2025-99-01T03-04-05.006Z.txt',
]

describe('which reports are old', () => {
  test('those of ours beyond the days, and no other file', () => {
    const young = ['2026-11-27T03-04-05.006Z.json', '2027-01-01T03-04-05.006Z.txt']
    assert.deepEqual(oldReports([...OLD, ...OTHERS, ...young], { days: 400, now }), OLD)
  })

  test('by the millisecond', () => {
    const [name = ''] = OLD
    const at = Date.UTC(2025, 0, 1, 3, 4, 5, 6)
    assert.deepEqual(oldReports([name], { days: 10, now: at + 10 * 86_400_000 }), [])
    assert.deepEqual(oldReports([name], { days: 10, now: at + 10 * 86_400_000 + 1 }), [name])
  })
})

describe('a backup removes old reports', () => {
  const world = { nickName: 'ann', name: 'Ann', keys: KEYS, root: [albumNode('A', [photo('x')])] }

  test('after a run that ended well; not after a failed one, the first one, or for ever', async (t) => {
    const lab = await openLab(t, world)
    const folder = lab.at('.smugmug-backup/reports')
    mkdirSync(folder, { recursive: true })
    for (const name of [...OLD, ...OTHERS]) writeFileSync(`${folder}/${name}`, '{}')
    const left = (): readonly string[] => readdirSync(folder).filter((name) => [...OLD, ...OTHERS].includes(name))
    await lab.complete()
    assert.equal(left().length, 8, 'the first run knows no earlier clock')
    await lab.complete({ settings: { keepReports: 'forever' } })
    assert.equal(left().length, 8)
    lab.sim.setBehaviour({ faults: [{ on: 'original', does: { kind: 'wrongBytes' } }] })
    lab.change((w) => ({ ...w, root: [...w.root, albumNode('B', [photo('y')])] }))
    assert.equal((await lab.backup()).exitCode, 3)
    assert.equal(left().length, 8)
    lab.sim.setBehaviour({})
    await lab.complete()
    assert.deepEqual(left().toSorted(), OTHERS.toSorted())
    assert.equal(readdirSync(folder).length, 8 + OTHERS.length, 'the reports of these runs are kept')
  })
})
