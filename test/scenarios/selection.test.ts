import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { World } from '../../simulator/world.ts'
import { albumNode, folder, photo, video } from '../../simulator/worlds/make.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { assertAddsUp, assertHolds, mediaIn, openScene } from './harness.ts'

const world: World = {
  ...smallWorld(),
  root: [
    folder('Travel', [
      folder('Asia', [albumNode('Japan', [photo('fuji', { capturedLocal: '2019-05-01T10:00:00', keywords: ['mountain', 'Snow'] })])]),
      albumNode('Norway', [
        photo('fjord', { capturedLocal: '2024-06-14T05:00:00' }),
        video('ferry', { capturedLocal: '2024-06-15T05:00:00' }),
      ]),
    ]),
    folder('Family', [
      albumNode('Party', [
        photo('cake', { capturedLocal: '2021-12-31T23:30:00', keywords: ['snow'] }),
        photo('song', { capturedLocal: '2022-01-01T00:30:00' }),
      ]),
    ]),
    albumNode('Loose', [photo('scan'), photo('Snowman', { keywords: ['snowman'], capturedLocal: '2020-02-02T02:02:02' })]),
  ],
}

const CASES: readonly (readonly [args: readonly string[], files: readonly string[]])[] = [
  [
    ['--album', 'Travel/**'],
    ['ferry.mp4', 'fjord.jpg', 'fuji.jpg'],
  ],
  [
    ['--album', '/Travel/**'],
    ['ferry.mp4', 'fjord.jpg', 'fuji.jpg'],
  ],
  [
    ['--album', 'Travel/*'],
    ['ferry.mp4', 'fjord.jpg'],
  ],
  [
    ['--album', '/Loose', '--album=Family/**'],
    ['Snowman.jpg', 'cake.jpg', 'scan.jpg', 'song.jpg'],
  ],
  [['--album', '**/Japan'], ['fuji.jpg']],
  [
    ['--exclude', 'Travel/**', '--exclude', 'Family/Party'],
    ['Snowman.jpg', 'scan.jpg'],
  ],
  [
    ['--album', 'Travel/**', '--exclude', '/Travel/Asia/**'],
    ['ferry.mp4', 'fjord.jpg'],
  ],
  [['--type', 'video'], ['ferry.mp4']],
  [
    ['--type=photo', '--album=Travel/**'],
    ['fjord.jpg', 'fuji.jpg'],
  ],
  [
    ['--since', '2022'],
    ['ferry.mp4', 'fjord.jpg', 'scan.jpg', 'song.jpg'],
  ],
  [
    ['--until', '2021-12-31'],
    ['Snowman.jpg', 'cake.jpg', 'fuji.jpg'],
  ],
  [
    ['--since', '2020', '--until', '2021'],
    ['Snowman.jpg', 'cake.jpg'],
  ],
  [['--since', '2024-06-15'], ['ferry.mp4']],
  [
    ['--keyword', 'snow'],
    ['cake.jpg', 'fuji.jpg'],
  ],
  [
    ['--keyword', 'snowman', '--keyword', 'mountain'],
    ['Snowman.jpg', 'fuji.jpg'],
  ],
]

describe('a part of the account', { concurrency: 2 }, () => {
  for (const [args, files] of CASES) {
    test(args.join(' '), async (t) => {
      const scene = await openScene(t, { world })
      const { summary } = await scene.backup(args)
      assertAddsUp(summary)
      assert.deepEqual([summary.exitCode, summary.items], [0, files.length], summary.message)
      assert.deepEqual([...(await mediaIn(scene.vault)).keys()].map((path) => path.split('/').at(-1)).sort(), files)
    })
  }

  test('is not taken for the whole: nothing else vanishes, and a plain run gets the rest', async (t) => {
    const scene = await openScene(t, { world })
    await scene.backup(['--type', 'photo'])
    const part = await scene.backup(['--album', 'Loose'])
    assert.deepEqual([part.summary.exitCode, part.summary.items, part.summary.vanished], [0, 2, 0])
    const whole = await scene.backup()
    assertAddsUp(whole.summary)
    assert.deepEqual([whole.summary.exitCode, whole.summary.items, whole.summary.stored, whole.summary.vanished], [0, 7, 1, 0])
    await assertHolds(scene.vault, world)
    const again = await scene.backup()
    assert.equal(again.summary.albumsSkipped, 4)
  })

  test('that matches nothing is refused, with the nearest path, before anything is fetched', async (t) => {
    const scene = await openScene(t, { world })
    for (const args of [
      ['--album', 'Travle/**'],
      ['list', '--album', 'Travle/**'],
      ['--dry-run', '--album=Travle/**', '--album', 'Partie'],
    ]) {
      const { summary, stderr } = await scene.json(args)
      assert.equal(summary.exitCode, 2, args.join(' '))
      assert.doesNotMatch(stderr, /Your photos/)
      assert.match(summary.message, /Travle/)
      assert.match(summary.message, /nearest is "Travel"/)
    }
    assert.equal((await mediaIn(scene.vault)).size, 0)
    await scene.backup(['--album', 'loose'])
    assert.equal((await scene.json(['export', '--output', 'x.csv', '--album', 'Losse'])).summary.exitCode, 2)
  })

  test('with one idle filter brings a warning, also with --quiet', async (t) => {
    const scene = await openScene(t, { world })
    const { summary, stderr } = await scene.json([
      '--quiet',
      '--album',
      'travel',
      '--album',
      'Nowhere',
      '--exclude',
      'Privat/**',
      '--keyword',
      'sand',
      '--keyword',
      'SNOW',
    ])
    assert.deepEqual([summary.exitCode, summary.items], [0, 1])
    for (const idle of ['--album "Nowhere"', '--exclude "Privat/**"', '--keyword "sand"']) assert.ok(stderr.includes(idle), stderr)
    assert.doesNotMatch(stderr, /SNOW/)
  })
})

describe('bounds', { concurrency: 2 }, () => {
  test('--limit-rate is bytes a second', async (t) => {
    const large: World = {
      ...smallWorld(),
      root: [
        albumNode(
          'One',
          Array.from({ length: 6 }, (_, n) => photo(`p${n}`, { bytes: { kind: 'seeded', seed: `p${n}`, size: 100_000 } })),
        ),
      ],
    }
    const scene = await openScene(t, { world: large })
    const { summary } = await scene.backup(['--limit-rate', '300k'])
    assert.equal(summary.exitCode, 0)
    // Buffered bytes count as sent: less than the full two seconds are proof enough.
    assert.ok(summary.durationMs >= 1200, `${summary.durationMs} ms`)
    await assertHolds(scene.vault, large)
  })

  test('--concurrent-albums and --concurrent-downloads are upper bounds', async (t) => {
    const scene = await openScene(t, { world, behaviour: { latency: { callMs: 20, fileMs: 20 } } })
    const { summary } = await scene.backup(['--concurrent-albums', '1', '--concurrent-downloads=2'])
    assert.equal(summary.exitCode, 0)
    assert.ok(scene.simulator.counters.maxInFlightCdn <= 2)
  })
})
