import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { md5Of } from '../../simulator/bytes.ts'
import { addImage, collectImage, editImage, moveImage, removeImage, renameAlbum, renameFolder, replaceImage } from '../../simulator/edit.ts'
import { idFrom } from '../../simulator/lookup.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { DestinationError } from '../../src/errors.ts'
import { StorageError } from '../../src/vault/storage/storage.ts'
import { byShare } from '../campaigns/chance.ts'
import { type FaultyStorage, faultyStorage, type StorageMethod } from '../support/faulty-storage.ts'
import { albumKey, assertMirrors, filesBelow, type Lab, openFreeLab, wantedOf } from '../support/lab.ts'
import { QUICK } from '../support/quick.ts'

/** The number of struck calls of a method: the most where that can leave a half-done change; in a whole campaign all calls of all methods. */
const struck = (method: StorageMethod, mode: Mode): number => {
  const all = Number.POSITIVE_INFINITY
  // Seven of them, and each is of another kind of change.
  if (method === 'rename' && mode === 'after') return all
  if (!['put', 'rename', 'link', 'append', 'remove'].includes(method)) return byShare(1, 2, all)
  return mode === 'after' ? byShare(2, 10, all) : byShare(1, 5, all)
}

const image = (id: string, size = 300) => photo(id, { bytes: { kind: 'seeded', seed: id, size, starts: 'jpg' } })
const [a, b, c, d, e, f] = [image('a'), image('b'), image('c'), image('d'), image('e'), image('f')]
const shared = image('shared')

/** Every kind of change at once, and new photos. */
const first: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [albumNode('Norway', [a, b, c, shared]), albumNode('Italy', [d, e])]),
    albumNode('Home', [f, image('g'), image('gone')]),
    albumNode('Best', [collected(shared)]),
    albumNode('Quiet', [image('q')]),
  ],
}
const key = (name: string): string => albumKey(first, name)
const second: World = [
  (w: World) => editImage(w, a.key, { fileName: 'b.jpg' }),
  (w: World) => editImage(w, b.key, { fileName: 'a.jpg' }),
  (w: World) => moveImage(w, c.key, key('Norway'), key('Home')),
  (w: World) => moveImage(w, f.key, key('Home'), key('Italy')),
  (w: World) => replaceImage(w, d.key, { kind: 'seeded', seed: 'new d', size: 320, starts: 'jpg' }),
  (w: World) => removeImage(w, key('Home'), image('gone').key),
  (w: World) => addImage(w, key('Italy'), image('new')),
  (w: World) => collectImage(w, e.key, key('Best')),
  (w: World) => renameAlbum(w, key('Italy'), 'Italia'),
  (w: World) => renameFolder(w, idFrom('node Travel', 6), 'Journeys'),
].reduce((world, edit) => edit(world), first)
/** The only files that may be downloaded after the first run. */
const mayCome = new Set(['Journeys/Italia/d.jpg', 'Journeys/Italia/new.jpg'])

const METHODS: readonly StorageMethod[] = [
  'list',
  'stat',
  'read',
  'put',
  'partials.find',
  'partials.drop',
  'partials.sweep',
  'rename',
  'link',
  'copy',
  'append',
  'remove',
  'pruneFolders',
  'setMtime',
]
const settings = {
  settings: {
    onVanished: 'trash' as const,
    writeCsv: true,
    useMetadataTimes: true,
    forceMetadataTimes: true,
    concurrentAlbums: 2,
    concurrentDownloads: 2,
  },
}

type Mode = 'before' | 'after' | 'crash'

/** `crash`: from this call on nothing works, and what the catalogue has not committed is lost. */
function strike(
  mode: Mode,
  method: StorageMethod,
  call: number,
): { readonly wrap: (base: FaultyStorage['storage']) => FaultyStorage; readonly crashed: () => boolean } {
  let dead = false
  const error =
    mode === 'crash' ? new DestinationError('The power is gone') : new StorageError('This file will not', { code: 'EIO', path: 'x' })
  return {
    crashed: () => dead,
    wrap: (base) => {
      const faulty = faultyStorage(base, [{ method, call, when: mode === 'after' ? 'after' : 'before', error }])
      if (mode !== 'crash') return faulty
      const dying = <T extends object>(part: T, above: string): T =>
        new Proxy(part, {
          get: (target, name) => {
            const value = Reflect.get(target, name)
            if (name === 'partials') return dying(faulty.storage.partials ?? {}, 'partials.')
            if (typeof value !== 'function' || name === 'close') return value
            return (...args: unknown[]) => {
              if (dead && name !== 'read') return Promise.reject(error)
              if (dead) {
                return (async function* () {
                  yield* [] as Uint8Array[]
                  throw error
                })()
              }
              const called = `${above}${String(name)}`
              if (called === method && faulty.calls(method) + 1 === call) dead = true
              return value.apply(target, args)
            }
          },
        })
      return { ...faulty, storage: dying(faulty.storage, '') }
    },
  }
}

describe('a storage that fails in the n-th call of a method', { concurrency: 8 }, () => {
  let origin: Lab
  let counts: ReadonlyMap<StorageMethod, number>
  const place = mkdtempSync(join(QUICK, 'smugmug-faults-'))

  before(async () => {
    // Two items vanished long ago and are kept.
    origin = await openFreeLab({ ...first, root: [...first.root, albumNode('Old', [image('x')])] })
    origin.change((w) => addImage(w, key('Italy'), image('kept')))
    await origin.complete()
    origin.change(() => first)
    await origin.complete()
    await origin.complete(settings)
    cpSync(origin.root, join(place, 'first'), { recursive: true, preserveTimestamps: true })
    origin.change(() => second)
    const seen: { faulty?: FaultyStorage } = {}
    const whole = await attempt('count', (base) => {
      seen.faulty = faultyStorage(base)
      return seen.faulty
    })
    assert.equal(whole.exitCode, 0, 'without a fault all goes well')
    await heals(whole.root, 'no fault')
    counts = new Map(METHODS.map((method) => [method, seen.faulty?.calls(method) ?? 0]))
  })
  after(async () => {
    rmSync(place, { recursive: true, force: true })
    await origin.close()
  })

  /** A run of the changed account over a copy of the first vault. */
  async function attempt(
    name: string,
    wrap: (base: FaultyStorage['storage']) => FaultyStorage,
    crashed = (): boolean => false,
  ): Promise<{ readonly root: string; readonly exitCode: number }> {
    const root = join(place, name)
    cpSync(join(place, 'first'), root, { recursive: true, preserveTimestamps: true })
    const catalogue = join(root, '.smugmug-backup/catalogue.sqlite')
    const asItWas = join(place, `${name}.sqlite`)
    const told = await origin.backupWith({
      settings: { ...settings.settings, destination: root },
      storage: (base) => wrap(base).storage,
      atEnd: () => {
        if (crashed()) copyFileSync(catalogue, asItWas)
      },
    })
    if (crashed()) copyFileSync(asItWas, catalogue)
    // One refusal must not end the whole run.
    assert.ok([0, 3, ...(crashed() ? [5] : [])].includes(told.exitCode), `ended with ${told.exitCode}: ${told.message}`)
    return { root, exitCode: told.exitCode }
  }

  async function heals(root: string, what: string): Promise<void> {
    const told = await origin.backup({ settings: { ...settings.settings, destination: root } })
    assert.equal(told.exitCode, 0, `${what}: ${told.message} ${JSON.stringify(told.problems)}`.slice(0, 1500))
    const files = filesBelow(root, () => true)
    const media = () =>
      new Map([...files].filter(([path]) => !/^\.smugmug-backup\/|(^|\/)(album\.json|tree\.json|metadata\.csv|README\.txt)$/.test(path)))
    assertMirrors(
      { world: second, media },
      { 'Journeys/Italia/kept.jpg': md5Of(image('kept').bytes), 'Old/x.jpg': md5Of(image('x').bytes) },
    )
    const everything = new Set(files.values())
    for (const wanted of wantedOf(first)) assert.ok(everything.has(wanted.md5), `${what}: ${wanted.fileName} is lost`)
    assert.deepEqual(
      [...files.keys()].filter((path) => path.endsWith('.part') || path.includes('/moving/')),
      [],
      what,
    )
    const fetched = told.events.flatMap((event) => (event.event === 'transfer.started' ? [event.path] : []))
    assert.ok(fetched.length <= 2 && fetched.every((path) => mayCome.has(path)), `${what}: fetched ${fetched}`)
    const sums = spawnSync('md5sum', ['--check', '--quiet', '.smugmug-backup/MD5SUMS'], { cwd: root, encoding: 'utf8' })
    assert.equal(sums.status, 0, `${what}: ${sums.stdout}${sums.stderr}`)
    const verified = await origin.verify({ root })
    assert.deepEqual([verified.exitCode, verified.problems], [0, []], what)
    const again = await origin.backup({ settings: { ...settings.settings, destination: root }, full: true })
    assert.deepEqual([again.exitCode, again.totals.kept, again.totals.vanished], [0, wantedOf(second).length, 0], what)
    rmSync(root, { recursive: true })
  }

  for (const mode of ['before', 'after', 'crash'] as const) {
    for (const method of METHODS) {
      test(`${method}: ${mode === 'crash' ? 'the power goes' : `it fails ${mode === 'before' ? 'and has done nothing' : 'although it was done'}`}`, async (t) => {
        const all = counts.get(method) ?? 0
        if (all === 0) return t.skip('a run never calls it')
        const step = Math.max(1, all / struck(method, mode))
        const troubles: string[] = []
        for (let at = 1; at <= all; at += step) {
          const call = Math.floor(at)
          const what = `${method} call ${call} of ${all}, ${mode}`
          const { wrap, crashed } = strike(mode, method, call)
          const name = `${mode}-${method}-${call}`
          try {
            const { root } = await attempt(name, wrap, crashed)
            await heals(root, what)
          } catch (error) {
            troubles.push(`${what}: ${(error as Error).message.slice(0, 4000)}`)
          }
        }
        assert.deepEqual(troubles, [])
      })
    }
  }
})
