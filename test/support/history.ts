/** A history of an account and its vault: step by step, and what must be so all the time. */
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { md5Of, mediaOf } from '../../simulator/bytes.ts'
import { albumsOf, placementsOf } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { runRebuild } from '../../src/app/app.ts'
import type { Settings } from '../../src/config/settings.ts'
import type { Event } from '../../src/events.ts'
import { foldName } from '../../src/vault/naming/safe-path.ts'
import type { Storage } from '../../src/vault/storage/storage.ts'
import { assertWholeFolder } from '../campaigns/whole.ts'
import { type Edit, edited, pick, start } from './account-edits.ts'
import { dyingStorage } from './dying-storage.ts'
import { type Files, filesBelow, type Lab, mediaBelow, type Parts, type RunOptions, type RunOutcome, rowsOf, wantedOf } from './lab.ts'

/** One step of a history. */
export type Step =
  | { readonly do: Edit; readonly a: number; readonly b: number; readonly c: number }
  | { readonly do: 'undo'; readonly a: number }
  | { readonly do: 'backup'; readonly how: 'plain' | 'full' | 'part' | 'dry' | 'accept' | 'full accept' }
  | { readonly do: 'crash'; readonly at: number; readonly after: boolean; readonly accept?: boolean }
  | { readonly do: 'interrupt'; readonly after: number }
  | { readonly do: 'verify' | 'rebuild' | 'lose the catalogue' }

/** The settings of every run of a history. */
export type RunSettings = Partial<Settings>

/** The differences of a history from the usual one. */
export interface Manner {
  /** The account at the beginning. */
  readonly start?: World
  /** Wraps what a run works with, anew for each run. */
  readonly around?: () => Pick<Parts, 'storage' | 'account'>
  /** The path of the catalogue, where it lies elsewhere than in the vault's folder. */
  readonly catalogue?: () => string | undefined
  /** Brings what the vault holds into a folder, where it lies elsewhere; returns the folder. */
  readonly plain?: () => string
}

/** One history: what is done, and what must be so all the time. */
export class History {
  readonly #lab: Lab
  readonly #settings: RunSettings
  readonly #manner: Manner
  readonly #worlds: World[]
  /** All contents that a run ever ended with in the vault. */
  readonly #everHeld = new Set<string>()
  /** Contents of photos that were replaced since: the settings may say that they are not kept. */
  readonly #replaced = new Set<string>()

  constructor(lab: Lab, settings: RunSettings, manner: Manner = {}) {
    this.#lab = lab
    this.#settings = settings
    this.#manner = manner
    this.#worlds = [manner.start ?? start]
  }

  async take(step: Step): Promise<void> {
    const lab = this.#lab
    const settings = this.#settings
    switch (step.do) {
      case 'undo': {
        const before = pick(this.#worlds, step.a)
        if (before !== undefined) this.#change(() => before)
        return
      }
      case 'backup': {
        const how = {
          plain: {},
          full: { full: true },
          part: { settings: { album: ['Travel/**', 'Home'] } },
          dry: { dryRun: true },
          accept: { acceptChanges: true },
          'full accept': { full: true, acceptChanges: true },
        }[step.how]
        const told = await this.#backup({ ...how, settings: { ...settings, ...('settings' in how ? how.settings : {}) } })
        // A part that is gone under these names is a mistake in the selection.
        const fine = [0, 7, ...(step.how === 'part' ? [2] : [])]
        assert.ok(fine.includes(told.exitCode), `${told.exitCode}: ${told.message} ${JSON.stringify(told.problems)}`)
        break
      }
      case 'crash': {
        let calls = 0
        const dying = dyingStorage(() => (++calls === step.at ? (step.after ? 'dies after' : 'dies before') : 'alive'))
        const catalogue = this.#catalogue()
        const asItWas = lab.at('../as-it-was.sqlite')
        const atEnd = (): void => {
          if (dying.isDead() && existsSync(catalogue)) copyFileSync(catalogue, asItWas)
        }
        const told = await this.#backup({ settings, acceptChanges: step.accept === true }, { storage: dying.wrap, atEnd })
        assert.ok([0, 3, 5, 7].includes(told.exitCode), told.message)
        if (dying.isDead() && existsSync(asItWas)) copyFileSync(asItWas, catalogue)
        break
      }
      case 'interrupt': {
        const stop = new AbortController()
        let items = 0
        const emit = (event: Event): void => (event.event === 'item' && ++items > step.after ? stop.abort() : undefined)
        const told = await this.#backup({ settings, signal: stop.signal }, { emit })
        assert.ok([0, 7, 130].includes(told.exitCode), told.message)
        break
      }
      case 'verify':
        if (!existsSync(this.#catalogue())) return
        await this.#verify()
        break
      case 'rebuild':
        await runRebuild(lab.work({ settings }))
        break
      case 'lose the catalogue':
        rmSync(this.#catalogue(), { force: true })
        return
      default:
        this.#change((world) => edited(world, step))
        this.#worlds.push(lab.world)
        return
    }
    this.#nothingIsLost()
  }

  #change(edit: (world: World) => World): void {
    const contents = contentsOf(this.#lab.world)
    this.#lab.change(edit)
    for (const [key, md5] of contentsOf(this.#lab.world)) {
      const before = contents.get(key)
      if (before !== undefined && before !== md5) this.#replaced.add(before)
    }
  }

  async #backup(run: RunOptions, parts: Parts & { readonly emit?: (event: Event) => void } = {}): Promise<RunOutcome> {
    const { around } = this.#manner
    if (run.dryRun === true || (around === undefined && Object.keys(parts).length === 0)) return this.#lab.backup(run)
    const { storage, account } = around?.() ?? {}
    const wrap = (base: Storage): Storage => {
      const inner = parts.storage?.(base) ?? base
      return storage?.(inner) ?? inner
    }
    return this.#lab.backupWith({ ...run, ...parts, storage: wrap, ...(account !== undefined && { account }) })
  }

  #verify(): Promise<RunOutcome> {
    const { destination } = this.#settings
    return this.#lab.verify(destination === undefined ? {} : { root: destination })
  }

  #catalogue(): string {
    return this.#manner.catalogue?.() ?? this.#lab.at('.smugmug-backup/catalogue.sqlite')
  }

  /** Returns a folder that holds what the vault holds. */
  #folder(): string {
    return this.#manner.plain?.() ?? this.#lab.root
  }

  #nothingIsLost(): void {
    const folder = this.#folder()
    const standing = new Set(filesBelow(folder, (path) => !path.endsWith('.part')).values())
    const mayGo = this.#settings.keepReplaced === 0 ? this.#replaced : new Set()
    for (const md5 of this.#everHeld) assert.ok(standing.has(md5) || mayGo.has(md5), `the content ${md5} is lost`)
    for (const [path, md5] of mediaBelow(folder)) if (!path.endsWith('.xmp')) this.#everHeld.add(md5)
  }

  /** Does a last run, and asserts that the vault is the account. */
  async end(): Promise<void> {
    const lab = this.#lab
    const settings = this.#settings
    const told = await this.#backup({ full: true, acceptChanges: true, settings })
    assert.equal(told.exitCode, 0, `${told.message} ${JSON.stringify(told.problems)}`)
    this.#nothingIsLost()
    const folder = this.#folder()
    const media = mediaBelow(folder)
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
    const { items, albums, files } = rowsOf(folder)
    const names = items.map((item) => `${albums.find((each) => each.key === item.albumKey)?.folder}/${item.name}`)
    assert.equal(new Set(names.map(foldName)).size, names.length, `names are unique on every disk: ${names}`)
    const present = items.filter((item) => item.vanishedAt === undefined)
    assert.equal(present.length, wantedOf(lab.world).length)
    assert.ok(
      present.every((item) => item.state === 'held' || (item.state === 'elsewhere' && item.collected && settings.collected === 'skip')),
    )
    assert.deepEqual(
      files.filter((file) => file.state !== 'held'),
      [],
      'no file row is left that no file answers',
    )
    const leftovers = [...filesBelow(folder, () => true).keys()].filter(
      (path) => path.endsWith('.part') || path.startsWith('.smugmug-backup/moving/'),
    )
    assert.deepEqual(leftovers, [])
    assert.equal(readdirSync(join(folder, '.smugmug-backup')).includes('moving'), false)
    const verified = await this.#verify()
    assert.deepEqual([verified.exitCode, verified.problems.filter((problem) => problem.kind !== 'foreign')], [0, []])
    await assertWholeFolder(folder, lab.world, 'at the end')
    assertRaw(lab.world, media)
    const again = await lab.backup({ settings })
    assert.deepEqual([again.exitCode, again.downloads, again.listings, again.totals.kept], [0, 0, 0, present.length], again.message)
    assert.deepEqual(mediaBelow(this.#folder()), media)
  }
}

/** Returns the content of each photo of an account, by its key, and those of the files beside it. */
function contentsOf(world: World): ReadonlyMap<string, string> {
  const images = albumsOf(world).flatMap((album) => placementsOf(album).map(({ image }) => image))
  return new Map(images.map((image) => [image.key, md5Of(mediaOf(image))]))
}

/** Asserts that each photo's RAW files are held, as often as SmugMug has them. */
function assertRaw(world: World, media: Files): void {
  const there = [...media.values()]
  for (const album of albumsOf(world))
    for (const { image, collected } of placementsOf(album)) {
      if (collected) continue
      for (const { fileName, bytes } of image.components ?? []) {
        const at = there.indexOf(md5Of(bytes))
        assert.ok(at >= 0, `${album.name}: no file of its own for ${fileName}`)
        there.splice(at, 1)
      }
    }
}
