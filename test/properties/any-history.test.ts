/**
 * Whatever an owner does on SmugMug, and whenever the power goes: in the end the vault is the account, and nothing that was ever held is lost.
 * `npm run campaign -- histories` tries others, and more of them.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { test } from 'node:test'
import {
  addAlbum,
  addImage,
  albumsOf,
  collectImage,
  editImage,
  moveAlbum,
  moveImage,
  placementsOf,
  removeAlbum,
  removeImage,
  renameAlbum,
  renameFolder,
  replaceImage,
} from '../../simulator/edit.ts'
import { idFrom } from '../../simulator/lookup.ts'
import type { Bytes, World, WorldAlbum, WorldImage } from '../../simulator/world.ts'
import { album, albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { runBackup, runRebuild } from '../../src/app/app.ts'
import type { Settings } from '../../src/config/settings.ts'
import { foldName } from '../../src/vault/naming/safe-path.ts'
import { byShare } from '../campaigns/chance.ts'
import { dyingStorage } from '../support/dying-storage.ts'
import { filesBelow, type Lab, openFreeLab, wantedOf } from '../support/lab.ts'
import { fc } from '../support/properties.ts'

const HISTORIES = byShare(15, 50, 500)

/** Few names and few contents, so that they meet: namesakes, swaps, equal sizes, one image uploaded twice. */
const NAMES = ['IMG_1.jpg', 'img_1.JPG', 'IMG_2.jpg', 'album.json', 'x.jpg']
const ALBUMS = ['Norway', 'Italy', 'Home', 'Best']
const bytes = (n: number): Bytes => ({ kind: 'seeded', seed: `content ${n % 12}`, size: n % 3 === 0 ? 350 : 300, starts: 'jpg' })
const FOLDERS = ['Travel', 'Work'].map((name) => idFrom(`node ${name}`, 6))

const start: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [
      albumNode(
        'Norway',
        [0, 1, 2].map((n) => photo(`s${n}`, { fileName: NAMES[n] ?? '', bytes: bytes(n) })),
      ),
    ]),
    folder('Work', []),
    albumNode(
      'Home',
      [3, 4].map((n) => photo(`s${n}`, { fileName: NAMES[n] ?? '', bytes: bytes(n) })),
    ),
  ],
}

type Step =
  | { readonly do: Edit; readonly a: number; readonly b: number; readonly c: number }
  | { readonly do: 'undo'; readonly a: number }
  | { readonly do: 'backup'; readonly how: 'plain' | 'full' | 'part' | 'dry' | 'accept' }
  | { readonly do: 'crash'; readonly at: number; readonly after: boolean }
  | { readonly do: 'interrupt'; readonly after: number }
  | { readonly do: 'verify' | 'rebuild' | 'lose the catalogue' }

const EDITS = [
  'add',
  'remove',
  'move',
  'collect',
  'replace',
  'rename',
  'swap',
  'caption',
  'rename album',
  'move album',
  'rename folder',
  'remove album',
  'add album',
] as const
type Edit = (typeof EDITS)[number]

const number = fc.nat({ max: 30 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constantFrom(...EDITS), a: number, b: number, c: number }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('undo' as const), a: number }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('backup' as const), how: fc.constantFrom('plain', 'plain', 'full', 'part', 'dry', 'accept') }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), at: fc.integer({ min: 1, max: 160 }), after: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('interrupt' as const), after: fc.nat({ max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('verify', 'rebuild', 'lose the catalogue') }) },
)

const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % list.length]
let made = 0

/** Returns the world after an edit; the same one if there is nothing to edit. */
function edited(world: World, { do: what, a, b, c }: Extract<Step, { do: Edit }>): World {
  const albums = albumsOf(world)
  const from = pick(albums, a)
  const to = pick(albums, b)
  if (from === undefined || to === undefined) return what === 'add album' ? newAlbum(world, c) : world
  const placement = pick(placementsOf(from), b)
  const image = placement?.image
  const isIn = (album: WorldAlbum, each: WorldImage): boolean => placementsOf(album).some((other) => other.image.key === each.key)
  if (what === 'add')
    return addImage(
      world,
      from.key,
      photo(`n${made++}`, { fileName: pick(NAMES, b) ?? '', bytes: bytes(c), uploaded: `2024-05-0${1 + (c % 9)}T10:00:00+00:00` }),
    )
  if (what === 'add album') return newAlbum(world, c)
  if (what === 'remove album') return albums.length > 1 ? removeAlbum(world, from.key) : world
  if (what === 'move album')
    return siblings(world, from.key, pick([undefined, ...FOLDERS], c)).has(from.urlName.toLowerCase())
      ? world
      : moveAlbum(world, from.key, pick([undefined, ...FOLDERS], c))
  if (what === 'rename album') return renamedAlbum(world, from, `${pick(ALBUMS, b)}${c % 2 === 0 ? '' : '2'}`)
  if (what === 'rename folder') return renamedFolder(world, a, b)
  if (image === undefined || placement === undefined) return world
  switch (what) {
    case 'remove':
      return removeImage(world, from.key, image.key)
    case 'move':
      return isIn(to, image) || placement.collected ? world : moveImage(world, image.key, from.key, to.key)
    case 'collect':
      return isIn(pick(albums, c) ?? to, image) ? world : collectImage(world, image.key, (pick(albums, c) ?? to).key)
    case 'replace':
      return replaceImage(world, image.key, bytes(c))
    case 'rename':
      return editImage(world, image.key, { fileName: pick(NAMES, c) ?? '' })
    case 'swap': {
      const other = pick(placementsOf(from), c)?.image
      if (other === undefined || other.key === image.key) return world
      return editImage(editImage(world, image.key, { fileName: other.fileName ?? '' }), other.key, { fileName: image.fileName ?? '' })
    }
    case 'caption':
      return editImage(world, image.key, { caption: `caption ${c}` })
    default:
      return what satisfies never
  }
}

function newAlbum(world: World, n: number): World {
  const name = `${pick(ALBUMS, n)}${n % 2 === 0 ? '' : '2'}`
  const where = pick([undefined, ...FOLDERS], n)
  if (siblings(world, '', where).has(name.toLowerCase())) return world
  const id = `made ${made++}`
  return addAlbum(world, album(name, [], { key: idFrom(id, 6), nodeId: idFrom(`node of ${id}`, 6) }), where)
}

/** Returns the names of the others in a folder, in lower case: SmugMug has no two of a name. */
function siblings(world: World, butKey: string, folderId: string | undefined): ReadonlySet<string> {
  const nodes =
    folderId === undefined
      ? world.root
      : world.root.flatMap((node) => (node.type === 'Folder' && node.nodeId === folderId ? node.children : []))
  return new Set(
    nodes.flatMap((node) => {
      if (node.type === 'Album') return node.album.key === butKey ? [] : [node.album.urlName.toLowerCase()]
      return [node.urlName.toLowerCase()]
    }),
  )
}

/** Renames an album; another one with that name takes ours. */
function renamedAlbum(world: World, from: WorldAlbum, name: string): World {
  const level = [undefined, ...FOLDERS].find((folderId) => {
    const nodes =
      folderId === undefined
        ? world.root
        : world.root.flatMap((node) => (node.type === 'Folder' && node.nodeId === folderId ? node.children : []))
    return nodes.some((node) => node.type === 'Album' && node.album.key === from.key)
  })
  if (!siblings(world, from.key, level).has(name.toLowerCase())) return renameAlbum(world, from.key, name)
  const nodes =
    level === undefined ? world.root : world.root.flatMap((node) => (node.type === 'Folder' && node.nodeId === level ? node.children : []))
  const other = nodes.flatMap((node) =>
    node.type === 'Album' && node.album.urlName.toLowerCase() === name.toLowerCase() ? [node.album] : [],
  )[0]
  return other === undefined ? world : renameAlbum(renameAlbum(world, other.key, from.name), from.key, other.name)
}

function renamedFolder(world: World, a: number, b: number): World {
  const [first = '', second = ''] = FOLDERS
  const names = world.root.flatMap((node) => (node.type === 'Folder' ? [node.name] : []))
  if (a % 3 === 0) return renameFolder(renameFolder(world, first, names[1] ?? ''), second, names[0] ?? '')
  const name = pick(['Travel', 'Journeys', 'Work', 'TRAVEL'], b) ?? ''
  const taken = siblings(world, '', undefined)
  return taken.has(name.toLowerCase()) ? world : renameFolder(world, pick(FOLDERS, a) ?? first, name)
}

/** The settings of every run. With the camera's times many files have the same time. */
type RunSettings = Pick<Settings, 'collected' | 'onVanished' | 'useMetadataTimes' | 'forceMetadataTimes'>

const runSettings: fc.Arbitrary<RunSettings> = fc
  .record({
    collected: fc.constantFrom('link' as const, 'copy' as const),
    onVanished: fc.constantFrom('keep' as const, 'trash' as const),
    useMetadataTimes: fc.boolean(),
  })
  .map((each) => ({ ...each, forceMetadataTimes: each.useMetadataTimes }))

/** One history: what is done, and what must be so all the time. */
class History {
  readonly #lab: Lab
  readonly #settings: RunSettings
  readonly #worlds: World[] = [start]
  /** All contents that a run ever ended with in the vault. */
  readonly #everHeld = new Set<string>()

  constructor(lab: Lab, settings: RunSettings) {
    this.#lab = lab
    this.#settings = settings
  }

  async take(step: Step): Promise<void> {
    const lab = this.#lab
    const settings = this.#settings
    switch (step.do) {
      case 'undo': {
        const before = pick(this.#worlds, step.a)
        if (before !== undefined) lab.change(() => before)
        return
      }
      case 'backup': {
        const how = {
          plain: {},
          full: { full: true },
          part: { settings: { album: ['Travel/**', 'Home'] } },
          dry: { dryRun: true },
          accept: { acceptChanges: true },
        }[step.how]
        const told = await lab.backup({ ...how, settings: { ...settings, ...('settings' in how ? how.settings : {}) } })
        // A part that is gone under these names is a mistake in the selection.
        const fine = [0, 7, ...(step.how === 'part' ? [2] : [])]
        assert.ok(fine.includes(told.exitCode), `${told.exitCode}: ${told.message} ${JSON.stringify(told.problems)}`)
        break
      }
      case 'crash': {
        let calls = 0
        const dying = dyingStorage(() => (++calls === step.at ? (step.after ? 'dies after' : 'dies before') : 'alive'))
        const catalogue = lab.at('.smugmug-backup/catalogue.sqlite')
        const asItWas = lab.at('../as-it-was.sqlite')
        const atEnd = (): void => {
          if (dying.isDead() && existsSync(catalogue)) copyFileSync(catalogue, asItWas)
        }
        const told = await lab.backupWith({ settings, storage: dying.wrap, atEnd })
        assert.ok([0, 3, 5, 7].includes(told.exitCode), told.message)
        if (dying.isDead() && existsSync(asItWas)) copyFileSync(asItWas, catalogue)
        break
      }
      case 'interrupt': {
        const stop = new AbortController()
        let items = 0
        const work = lab.work({ settings, signal: stop.signal })
        const told = await runBackup({
          ...work,
          emit: (event) => (event.event === 'item' && ++items > step.after ? stop.abort() : undefined),
        })
        assert.ok([0, 7, 130].includes(told.exitCode), told.message)
        break
      }
      case 'verify':
        if (!existsSync(lab.at('.smugmug-backup/catalogue.sqlite'))) return
        await lab.verify()
        break
      case 'rebuild':
        await runRebuild(lab.work({ settings }))
        break
      case 'lose the catalogue':
        rmSync(lab.at('.smugmug-backup/catalogue.sqlite'), { force: true })
        return
      default:
        lab.change((world) => edited(world, step))
        this.#worlds.push(lab.world)
        return
    }
    this.#nothingIsLost()
  }

  #nothingIsLost(): void {
    const standing = new Set(filesBelow(this.#lab.root, (path) => !path.endsWith('.part')).values())
    for (const md5 of this.#everHeld) assert.ok(standing.has(md5), `the content ${md5} is lost`)
    for (const md5 of this.#lab.media().values()) this.#everHeld.add(md5)
  }

  /** Does a last run, and asserts that the vault is the account. */
  async end(): Promise<void> {
    const lab = this.#lab
    const settings = this.#settings
    const told = await lab.backup({ full: true, acceptChanges: true, settings })
    assert.equal(told.exitCode, 0, `${told.message} ${JSON.stringify(told.problems)}`)
    this.#nothingIsLost()
    const media = lab.media()
    for (const [place, wanted] of Object.entries(Object.groupBy(wantedOf(lab.world), ({ folder }) => folder))) {
      const there = [...media]
        .filter(([path]) => path.startsWith(`${place}/`) && !path.slice(place.length + 1).includes('/'))
        .map(([, md5]) => md5)
      for (const { md5, fileName, collected } of wanted ?? []) {
        if (collected && settings.collected === 'skip') {
          assert.ok([...media.values()].includes(md5), `${place}: ${fileName} is held nowhere`)
          continue
        }
        const at = there.indexOf(md5)
        assert.ok(at >= 0, `${place}: no file of its own for ${fileName} (${md5})`)
        there.splice(at, 1)
      }
    }
    const { items, albums, files } = lab.rows()
    const names = items.map((item) => `${albums.find((each) => each.key === item.albumKey)?.folder}/${item.name}`)
    assert.equal(new Set(names.map(foldName)).size, names.length, `names are unique on every disk: ${names}`)
    const present = items.filter((item) => item.vanishedAt === undefined)
    assert.equal(present.length, wantedOf(lab.world).length)
    assert.ok(
      present.every((item) => item.state === 'held' || (item.state === 'elsewhere' && item.collected && settings.collected === 'skip')),
    )
    assert.ok(
      files.every((file) => file.state === 'held'),
      'no file row is left that no file answers',
    )
    const leftovers = [...filesBelow(lab.root, () => true).keys()].filter((path) => path.endsWith('.part') || path.includes('/moving/'))
    assert.deepEqual(leftovers, [])
    assert.equal(readdirSync(lab.at('.smugmug-backup')).includes('moving'), false)
    const verified = await lab.verify()
    assert.deepEqual([verified.exitCode, verified.problems.filter((problem) => problem.kind !== 'foreign')], [0, []])
    if (files.length > 0) assert.equal(spawnSync('md5sum', ['--check', '--quiet', '.smugmug-backup/MD5SUMS'], { cwd: lab.root }).status, 0)
    const again = await lab.backup({ settings })
    assert.deepEqual([again.exitCode, again.downloads, again.listings, again.totals.kept], [0, 0, 0, present.length], again.message)
    assert.deepEqual(lab.media(), media)
  }
}

test('any history ends with the account in the vault, and nothing lost', async () => {
  const property = fc.asyncProperty(runSettings, fc.array(step, { minLength: 3, maxLength: 24 }), async (settings, steps) => {
    made = 0
    const lab = await openFreeLab(start)
    try {
      const history = new History(lab, settings)
      await history.take({ do: 'backup', how: 'plain' })
      for (const each of steps) await history.take(each)
      await history.end()
    } finally {
      await lab.close()
    }
  })
  await fc.assert(property, {
    numRuns: HISTORIES,
    endOnFailure: process.env.SMUGMUG_TEST_SHRINK !== '1',
    interruptAfterTimeLimit: 600_000,
  })
})

test('every kind of edit can happen', () => {
  for (const what of EDITS) {
    const numbers = Array.from({ length: 4 ** 3 }, (_, n) => ({ a: n % 4, b: (n >> 2) % 4, c: n >> 4 }))
    assert.ok(
      numbers.some((each) => edited(start, { do: what, ...each }) !== start),
      what,
    )
  }
})
