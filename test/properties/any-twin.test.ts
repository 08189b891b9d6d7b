/**
 * Whatever an owner does on SmugMug: a twin that was brought up to date step by step is byte for byte the one that is made at once.
 * The same holds for the public one, which names nothing that strangers do not see.
 */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import sharp from 'sharp'
import {
  addImage,
  albumsOf,
  changeAlbum,
  changeNode,
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
import type { Bytes, World } from '../../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { openVaultAt } from '../../src/app/app.ts'
import { systemClock } from '../../src/flow/clock.ts'
import { makePublicTwin } from '../../src/operations/twin/public/twin.ts'
import type { TwinJob } from '../../src/operations/twin/run.ts'
import { makeTwin } from '../../src/operations/twin/twin.ts'
import { Shown } from '../../src/vault/shown.ts'
import { openFolder } from '../../src/vault/storage/folder.ts'
import { sharpMaker } from '../../src/vault/thumbnails/sharp.ts'
import { WrittenFiles } from '../../src/vault/written-files.ts'
import { byShare } from '../campaigns/chance.ts'
import { filesBelow, type Lab, openFreeLab } from '../support/lab.ts'
import { fc } from '../support/properties.ts'
import { QUICK } from '../support/quick.ts'

const HISTORIES = byShare(12, 40, 400)

/** A few pictures, upright and lying, one of them no picture at all. */
const pictures: readonly Bytes[] = [
  ...(await Promise.all(
    [0, 1, 2, 3].map(
      async (n): Promise<Bytes> => ({
        kind: 'inline',
        data: await sharp({ create: { width: 60 + 20 * n, height: 90, channels: 3, background: `#${n}a${n}` } })
          .withExif({ IFD0: { Make: 'Secretmake' }, ...(n === 2 && { IFD0: { Orientation: '6' } }) })
          .jpeg()
          .toBuffer(),
      }),
    ),
  )),
  { kind: 'seeded', seed: 'none', size: 300, starts: 'jpg' },
]
const TIMES = ['2019-07-24T22:41:03', '2019-07-24T22:41:03', '2019-12-31T23:59:59', '2021-01-01T00:00:00', undefined]
const PLACES = [{}, { latitude: '60.39', longitude: '5.32' }, { latitude: '0', longitude: '0' }, { latitude: '-89.9', longitude: '180' }]
const FREE = { Filenames: true, LargestSize: 'Original' } as const
const FOLDERS = ['Travel', 'Work'].map((name) => idFrom(`node ${name}`, 6))
const NAMES = ['Norway', 'Italy', 'Home', 'Best <b>', 'ÄÖ "é"']

const pick = <T>(list: readonly T[], n: number): T => list[n % list.length] as T
const made = (n: number, more: number) =>
  photo(`s${n}`, {
    fileName: pick(['IMG_1.jpg', 'img_1.JPG', 'x.jpg', 'y.jpg'], n),
    bytes: pick(pictures, more),
    title: `title${n}`,
    uploaded: `2024-05-0${1 + (n % 9)}T10:00:00+00:00`,
    ...(pick(TIMES, more) !== undefined && { capturedLocal: pick(TIMES, more) as string }),
    ...pick(PLACES, more),
  })
const first = [0, 1, 2, 3, 4, 5, 6].map((n) => made(n, n))
const [a, b, c, d, e, f, g] = first as [(typeof first)[0], ...typeof first] & (typeof first)[0][]
const start: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [
      albumNode('Norway', [a, b as never, video('film')], { fields: FREE }),
      albumNode('Italy', [c as never, collected(a)]),
    ]),
    folder('Work', [albumNode('Bound', [d as never, e as never], { fields: { Geography: false, EXIF: false, LargestSize: 'Medium' } })]),
    albumNode('Home', [f as never, g as never, collected(a)], { fields: FREE }),
  ],
}

const EDITS = [
  ...['add', 'remove', 'move', 'collect', 'replace', 'words', 'hide', 'rename album', 'move album', 'rename folder', 'remove album'],
  ...['close', 'open', 'limit', 'free', 'close folder', 'open folder', 'place', 'time'],
] as const
interface Edit {
  readonly do: string
  readonly a: number
  readonly b: number
  readonly c: number
}
const number = fc.nat({ max: 30 })
const edit: fc.Arbitrary<Edit> = fc.record({ do: fc.constantFrom(...EDITS), a: number, b: number, c: number })
let count = 100

function edited(world: World, { do: what, a, b, c }: Edit): World {
  const albums = albumsOf(world)
  if (albums.length === 0) return world
  const [from, to] = [pick(albums, a), pick(albums, b)]
  const touch = (change: object) =>
    changeAlbum(world, from.key, (album) => ({ ...album, ...change, lastUpdated: `2026-01-01T00:00:${10 + (count++ % 50)}+00:00` }))
  switch (what) {
    case 'add':
      return addImage(world, from.key, made(count++, b))
    case 'rename album': {
      const name = pick(NAMES, c)
      return albums.some((each) => each.name === name) ? world : renameAlbum(world, from.key, name)
    }
    case 'move album':
      return moveAlbum(world, from.key, pick([undefined, ...FOLDERS], c))
    case 'rename folder': {
      const name = pick(['Travel', 'Work', 'Trips', 'Jobs'], c)
      return world.root.some((node) => node.type === 'Folder' && node.name === name) ? world : renameFolder(world, pick(FOLDERS, a), name)
    }
    case 'remove album':
      return albums.length > 2 ? removeAlbum(world, from.key) : world
    case 'close':
      return touch({ privacy: pick(['Private', 'Unlisted'] as const, b) })
    case 'open':
      return touch({ privacy: 'Public' })
    case 'limit':
      return touch({
        fields: pick(
          [
            { ...FREE, Watermark: true },
            { ...FREE, EXIF: false },
            { ...FREE, Geography: false, LargestSize: 'Medium' },
          ],
          b,
        ),
      })
    case 'free':
      return touch({ fields: FREE })
    case 'close folder':
    case 'open folder':
      return changeNode(world, pick(FOLDERS, a), (node) => [
        { ...node, privacy: what === 'open folder' ? 'Public' : 'Private' } as typeof node,
      ])
  }
  const items = placementsOf(from)
  if (items.length === 0) return world
  const { image, collected: isCollected } = pick(items, b)
  const isIn = (album: typeof to): boolean => placementsOf(album).some((other) => other.image.key === image.key)
  switch (what) {
    case 'remove':
      return removeImage(world, from.key, image.key)
    case 'move':
      return isCollected || isIn(to) ? world : moveImage(world, image.key, from.key, to.key)
    case 'collect':
      return isIn(pick(albums, c)) ? world : collectImage(world, image.key, pick(albums, c).key)
    case 'replace':
      return image.isVideo ? world : replaceImage(world, image.key, pick(pictures, c))
    case 'words':
      return editImage(world, image.key, { caption: `caption ${c}`, keywords: ['k', `k${b}`] })
    case 'hide':
      return editImage(world, image.key, { hidden: c % 2 === 0 })
    case 'place':
      return editImage(world, image.key, pick(PLACES, c))
    default:
      return editImage(world, image.key, { capturedLocal: pick(TIMES, c) ?? '2020-02-29T12:00:00' })
  }
}

type Make = (job: TwinJob) => Promise<{ readonly exitCode: number; readonly message: string; readonly problems: readonly unknown[] }>

/** Brings a twin up to date in a folder; `memory` keeps what it remembers. */
async function bring(
  lab: Lab,
  make: Make,
  { site, memory }: { readonly site: string | undefined; readonly memory: string },
): Promise<void> {
  const vault = await openVaultAt(lab.root, { mode: 'write', operation: 'twin' })
  for (const each of [site, memory]) if (each !== undefined) mkdirSync(each, { recursive: true })
  const target = site === undefined ? vault.storage : openFolder(site)
  const [shown, files] = [Shown.open(join(memory, 'shown.sqlite')), WrittenFiles.open(target, join(memory, 'twin.sqlite'))]
  try {
    const { exitCode, message, problems } = await make({
      ...{ vault, shown, files, target, assets: [], clock: systemClock },
      placeOf: (latitude) => (latitude > 0 ? 'Bergen' : undefined),
      startPictures: () => sharpMaker(async () => sharp),
      emit: () => undefined,
      signal: new AbortController().signal,
    })
    assert.equal(exitCode, 0, `${message} ${JSON.stringify(problems)}`)
  } finally {
    files.close()
    shown.close()
    if (site !== undefined) await target.close()
    await vault.close()
  }
}

const OF_TWIN = /(^|\/)index\.html$|^404\.html$|^twin\.files\//

/** The titles of the items that strangers see. */
function seen(world: World): ReadonlySet<string> {
  const titles = new Set<string>()
  const visit = (nodes: World['root'], isOpen: boolean): void => {
    for (const node of nodes) {
      if (node.type === 'Folder') visit(node.children, isOpen && (node.privacy ?? 'Public') === 'Public')
      else if (node.type === 'Album' && isOpen && (node.album.privacy ?? 'Public') === 'Public')
        for (const { image } of placementsOf(node.album)) if (image.hidden !== true) titles.add(image.title ?? '')
    }
  }
  visit(world.root, true)
  return titles
}

async function check(lab: Lab, place: string, step: number): Promise<void> {
  const fresh = join(place, `fresh ${step}`)
  await bring(lab, makeTwin, { site: undefined, memory: join(place, 'memory') })
  await bring(lab, makeTwin, { site: join(fresh, 'site'), memory: join(fresh, 'memory') })
  const is = (path: string): boolean => OF_TWIN.test(path)
  assert.deepEqual(filesBelow(lab.root, is), filesBelow(join(fresh, 'site'), is))
  const site = join(place, 'public')
  await bring(lab, makePublicTwin, { site, memory: join(place, 'public memory') })
  await bring(lab, makePublicTwin, { site: join(fresh, 'public'), memory: join(fresh, 'public memory') })
  const [all, anew] = [filesBelow(site, () => true), filesBelow(join(fresh, 'public'), () => true)]
  assert.deepEqual(all, anew)
  const text = [...all.keys()].map((path) => `${path}\n${readFileSync(join(site, path), 'latin1')}`).join('\n')
  const found = new Set(text.match(/title\d+/g))
  assert.deepEqual([...found].toSorted(), [...seen(lab.world)].filter((title) => title !== '').toSorted())
  rmSync(fresh, { recursive: true })
}

const histories = fc.array(fc.array(edit, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 })
const settings = fc.record({
  collected: fc.constantFrom('link' as const, 'copy' as const, 'skip' as const),
  onVanished: fc.constantFrom('keep' as const, 'trash' as const),
})

test('a twin that is brought up to date step by step is the one that is made at once', async () => {
  await fc.assert(
    fc.asyncProperty(histories, settings, async (steps, more) => {
      const lab = await openFreeLab(start, { settings: { imageMetadata: true, ...more } })
      const place = mkdtempSync(join(QUICK, 'any-twin-'))
      try {
        await lab.complete()
        await check(lab, place, 0)
        for (const [n, edits] of steps.entries()) {
          lab.change(...edits.map((each) => (world: World) => edited(world, each)))
          await lab.complete({ full: true, acceptChanges: true })
          await check(lab, place, n + 1)
        }
      } finally {
        await lab.close()
        if (existsSync(place)) rmSync(place, { recursive: true })
      }
    }),
    { numRuns: HISTORIES, endOnFailure: process.env.FAST === '1' },
  )
})
