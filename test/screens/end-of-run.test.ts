import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { editImage, moveImage, removeAlbum, removeImage, replaceImage } from '../../simulator/edit.ts'
import { albumNode, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { albumKey, openLab } from '../support/lab.ts'
import { assertScreen, screenAfter } from '../support/screens.ts'

describe('the screen after a first backup', () => {
  test('at 80 columns', async (t) => {
    const lab = await openLab(t, smallWorld())
    const { code, lines } = await screenAfter(lab, ['backup'], { columns: 80 })
    assertScreen('first-backup-80', lines)
    assert.equal(code, 0)
  })

  test('in a pipe', async (t) => {
    const lab = await openLab(t, smallWorld())
    const { code, lines } = await screenAfter(lab, ['backup'], { columns: 500, isTerminal: false })
    assertScreen('first-backup-piped', lines)
    assert.equal(code, 0)
  })
})

const photos = (name: string, count: number) => Array.from({ length: count }, (_, n) => photo(`${name}-${n + 1}`))
const evening = photos('evening', 30)
const weddings = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Weddings-2026', [albumNode('Garcia-Lopez', evening), albumNode('Vows', photos('vows', 12))]),
    albumNode('家族', photos('写真', 6)),
  ],
}

describe('the screen after the safety brake, and after a dry run', () => {
  for (const columns of [40, 80, 120])
    for (const dryRun of [true, false])
      test(`the brake ${dryRun ? 'in a dry run' : 'in a run'} at ${columns} columns`, async (t) => {
        const lab = await openLab(t, weddings)
        await lab.complete()
        lab.change(
          (w) => removeAlbum(w, albumKey(w, 'Garcia-Lopez')),
          (w) => removeImage(w, albumKey(w, 'Vows'), photo('vows-3').key),
        )
        const { code, lines } = await screenAfter(lab, ['backup', ...(dryRun ? ['--dry-run'] : [])], { columns })
        assertScreen(`brake-${dryRun ? 'dry-run' : 'run'}-${columns}`, lines)
        assert.equal(code, 7)
      })

  for (const columns of [40, 80, 120])
    test(`a dry run at ${columns} columns`, async (t) => {
      const lab = await openLab(t, weddings)
      await lab.complete()
      const vows = albumKey(weddings, 'Vows')
      lab.change(
        (w) => removeImage(w, vows, photo('vows-3').key),
        (w) => moveImage(w, photo('写真-2').key, albumKey(w, '家族'), vows),
        (w) => replaceImage(w, photo('evening-4').key, { kind: 'seeded', seed: 'new', size: 5000, starts: 'jpg' }),
        (w) => editImage(w, photo('evening-5').key, { fileName: 'last dance.jpg' }),
      )
      const { code, lines } = await screenAfter(lab, ['backup', '--dry-run'], { columns })
      assertScreen(`dry-run-${columns}`, lines)
      assert.equal(code, 0)
    })
})

describe('the screen after a last look', () => {
  const account = {
    ...weddings,
    root: [
      albumNode('Clients', [photo('vows-1'), photo('vows-2', { offers: 'largest' }), photo('vows-3', { offers: 'none' })], {
        securityType: 'Password',
        password: 'secret',
      }),
      albumNode('家族', [photo('写真-1'), video('dance')]),
    ],
  }
  for (const columns of [40, 80, 120])
    test(`with something open, at ${columns} columns`, async (t) => {
      const lab = await openLab(t, account)
      const { code, lines } = await screenAfter(lab, ['leave'], { columns })
      assertScreen(`leave-open-${columns}`, lines)
      assert.equal(code, 3)
    })

  test('with --quiet names everything that is open, and nothing else', async (t) => {
    const lab = await openLab(t, account)
    const { code, lines } = await screenAfter(lab, ['leave', '--quiet'], { columns: 80 })
    assertScreen('leave-quiet-80', lines)
    assert.equal(code, 3)
  })

  test('with nothing open, at 80 columns', async (t) => {
    const lab = await openLab(t, smallWorld())
    const { code, lines } = await screenAfter(lab, ['leave'], { columns: 80 })
    assertScreen('leave-well-80', lines)
    assert.equal(code, 0)
  })
})
