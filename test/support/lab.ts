import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { md5Of, mediaOf } from '../../simulator/bytes.ts'
import { albumsOf, placementsOf } from '../../simulator/edit.ts'
import { startSimulator } from '../../simulator/simulator.ts'
import type { Behaviour, Simulator, World, WorldNode } from '../../simulator/world.ts'
import { openAccountOf, openForBackups, type Request, runBackup, runLeave, runVerify, toBackupSettings } from '../../src/app/app.ts'
import { selectionOf } from '../../src/app/request.ts'
import { defaultSettings, type Settings } from '../../src/config/settings.ts'
import type { Event } from '../../src/events.ts'
import { type Clock, systemClock } from '../../src/flow/clock.ts'
import { backup } from '../../src/operations/backup/backup.ts'
import type { BackupJob } from '../../src/operations/backup/job.ts'
import { type Bounds, defaultBounds } from '../../src/operations/backup/run/bounds.ts'
import type { LeaveOutcome } from '../../src/operations/leave/outcome.ts'
import type { Outcome } from '../../src/operations/outcome.ts'
import type { Account } from '../../src/smugmug/account.ts'
import { Catalogue } from '../../src/vault/catalogue/catalogue.ts'
import type { AlbumRow, FileRow, ItemRow } from '../../src/vault/catalogue/rows.ts'
import type { Storage } from '../../src/vault/storage/storage.ts'
import { QUICK } from './quick.ts'

/** The outcome of a run, and its events. */
export interface RunOutcome extends Outcome {
  readonly events: readonly Event[]
  /** Number of files downloaded in this run. */
  readonly downloads: number
  /** Number of pages of albums listed in this run. */
  readonly listings: number
}

/** The differences of a run from the plain one. */
export interface RunOptions {
  readonly settings?: Partial<Settings>
  readonly full?: boolean
  readonly acceptChanges?: boolean
  readonly dryRun?: boolean
  readonly signal?: AbortSignal
}

/** The parts of a run that are not the usual ones. */
export interface Parts {
  readonly clock?: Clock
  readonly storage?: (base: Storage) => Storage
  readonly account?: (base: Account) => Account
  /** Bounds other than the usual. */
  readonly bounds?: Partial<Bounds>
  /** Callback for each event of the run. */
  readonly emit?: (event: Event) => void
  /** Callback after the run, whether it succeeded or not, before the vault is closed and its catalogue committed. */
  readonly atEnd?: () => void
}

/** Every file below a folder: path with `/` → MD5. */
export type Files = ReadonlyMap<string, string>

/** An account, a folder for its backup, and the program between them: all in this process, but over real HTTP and real files. */
export interface Lab {
  readonly sim: Simulator
  /** The vault's folder. */
  readonly root: string
  /** The account as it is now. */
  readonly world: World
  /** Changes the account. */
  change(...edits: readonly ((world: World) => World)[]): void
  work(options?: RunOptions): Request & { readonly events: Event[] }
  backup(options?: RunOptions): Promise<RunOutcome>
  /** Runs a backup that must end with 0. */
  complete(options?: RunOptions): Promise<RunOutcome>
  /** Runs a backup with a clock of its own, or over another storage. */
  backupWith(options: RunOptions & Parts): Promise<RunOutcome>
  verify(options?: {
    readonly sample?: number
    readonly maxDuration?: number
    readonly remote?: boolean
    readonly content?: boolean
    readonly root?: string
  }): Promise<RunOutcome>
  /** Takes the last look before the account is closed. */
  leave(options?: RunOptions): Promise<RunOutcome & LeaveOutcome>
  /** Returns an absolute path in the vault. */
  at(path: string): string
  /** Returns the photos and videos: everything except records and the files below `.smugmug-backup`. */
  media(): Files
  /** Returns the files below one of our own folders: `history`, `trash`… */
  ours(folder: string): Files
  rows(): Rows
  close(): Promise<void>
}

/** The catalogue's rows. */
export interface Rows {
  readonly albums: readonly AlbumRow[]
  readonly items: readonly ItemRow[]
  readonly files: readonly FileRow[]
}

const RECORDS = /(^|\/)(album\.json|tree\.json|metadata\.csv|README\.txt)$/

/** Opens a lab that is cleared away after the test. */
export async function openLab(
  t: TestContext,
  world: World,
  options: { readonly settings?: Partial<Settings>; readonly behaviour?: Behaviour } = {},
): Promise<Lab> {
  const lab = await openFreeLab(world, options)
  t.after(() => lab.close())
  return lab
}

/** Opens a lab that the caller must close. */
export async function openFreeLab(
  world: World,
  options: { readonly settings?: Partial<Settings>; readonly behaviour?: Behaviour } = {},
): Promise<Lab> {
  const place = mkdtempSync(join(QUICK, 'smugmug-lab-'))
  const root = join(place, 'vault')
  const home = join(place, 'home')
  mkdirSync(root)
  mkdirSync(home)
  const sim = await startSimulator(world, options.behaviour ?? {})
  let now = world

  const settingsOf = (more: Partial<Settings> = {}): Settings => ({
    ...defaultSettings,
    ...now.keys,
    destination: root,
    baseUrl: sim.apiUrl,
    maxRetries: 1,
    ...options.settings,
    ...more,
  })
  const work = (run: RunOptions = {}) => {
    const events: Event[] = []
    return {
      events,
      settings: settingsOf(run.settings),
      emit: (event: Event): void => void events.push(event),
      signal: run.signal ?? new AbortController().signal,
      env: { HOME: home, XDG_STATE_HOME: join(home, 'state') },
    }
  }
  const watched = async <R extends Outcome>(events: readonly Event[], run: () => Promise<R>): Promise<RunOutcome & R> => {
    const [files, listings] = [filesServed(sim), sim.counters.byEndpoint.images ?? 0]
    const outcome = await run()
    return { ...outcome, events, downloads: filesServed(sim) - files, listings: (sim.counters.byEndpoint.images ?? 0) - listings }
  }

  const lab: Lab = {
    sim,
    root,
    get world() {
      return now
    },
    change: (...edits) => {
      now = edits.reduce((world, edit) => edit(world), now)
      sim.setWorld(now)
    },
    work,
    backup: (run = {}) => {
      const { dryRun = false, full = false, acceptChanges = false } = run
      const each = work(run)
      return watched(each.events, () => runBackup({ ...each, dryRun, full, acceptChanges }))
    },
    complete: async (run) => {
      const result = await lab.backup(run)
      assert.equal(result.exitCode, 0, `${result.message} ${JSON.stringify(result.problems)}`.slice(0, 2000))
      return result
    },
    backupWith: ({ clock, storage, account, bounds, atEnd, emit, ...run }) => {
      const each = work(run)
      const told = (event: Event): void => {
        each.emit(event)
        emit?.(event)
      }
      return watched(each.events, () => backupWith({ ...each, emit: told, run, clock, storage, account, bounds, atEnd }))
    },
    verify: ({ root: destination = root, ...run } = {}) => {
      const each = work({ settings: { destination } })
      return watched(each.events, () => runVerify({ ...each, ...run }))
    },
    leave: (run = {}) => {
      const each = work(run)
      return watched(each.events, () => runLeave(each))
    },
    at: (path) => join(root, path),
    media: () => mediaBelow(root),
    ours: (folder) => {
      const below = join(root, '.smugmug-backup', folder)
      return existsSync(below) ? filesBelow(below, () => true) : new Map()
    },
    rows: () => rowsOf(root),
    close: async () => {
      await sim.close()
      rmSync(place, { recursive: true, force: true })
    },
  }
  return lab
}

async function backupWith(
  options: Request & { readonly run: RunOptions } & { readonly [Key in Exclude<keyof Parts, 'emit'>]: Parts[Key] | undefined },
): Promise<Outcome> {
  const { settings, emit, signal, run, clock, storage, bounds, atEnd } = options
  const opened = await openForBackups(options)
  const selection = selectionOf(settings)
  const vault = storage === undefined ? opened : { ...opened, storage: storage(opened.storage) }
  try {
    const account = openAccountOf(options)
    try {
      const system: Clock = { ...systemClock, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) }
      const job: BackupJob = {
        account: options.account?.(account) ?? account,
        vault,
        settings: toBackupSettings(settings),
        emit,
        signal,
        clock: clock ?? system,
        full: run.full === true,
        acceptChanges: run.acceptChanges === true,
        ...(selection !== undefined && { selection }),
        bounds: { ...defaultBounds, ...bounds },
      }
      return await backup(job)
    } finally {
      await account.close()
    }
  } finally {
    atEnd?.()
    await opened.close()
  }
}

/** Returns the number of requests for files so far. */
const filesServed = (sim: Simulator): number =>
  ['original', 'video', 'still', 'rendition'].reduce((sum, endpoint) => sum + (sim.counters.byEndpoint[endpoint] ?? 0), 0)

/** Returns every wanted file below a folder, with its MD5. */
export function filesBelow(root: string, wanted: (path: string) => boolean): Files {
  const found = new Map<string, string>()
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) folders.push(path)
      else if (wanted(path)) found.set(path, md5OfFile(join(root, path)))
    }
  }
  return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Returns the photos and videos of a vault's folder, and what else is neither a record nor below `.smugmug-backup`. */
export const mediaBelow = (root: string): Files => filesBelow(root, (path) => !path.startsWith('.smugmug-backup/') && !RECORDS.test(path))

export const md5OfFile = (path: string): string => createHash('md5').update(readFileSync(path)).digest('hex')

/** Returns the inode: two names with one inode are one file. */
export const inodeOf = (path: string): number => lstatSync(path).ino

/** Reads the catalogue's rows from outside. */
export function rowsOf(root: string): Rows {
  const catalogue = Catalogue.open({ path: join(root, '.smugmug-backup/catalogue.sqlite'), mode: 'read' })
  try {
    const albums = catalogue.albums()
    return {
      albums,
      items: albums.flatMap((album) => catalogue.items(album.key)),
      files: albums.flatMap((album) => catalogue.files(album.key)),
    }
  } finally {
    catalogue.close()
  }
}

/** An item of an account, as a backup should have it: its album's path without the leading slash, its name and its bytes. */
export interface Wanted {
  readonly folder: string
  readonly albumKey: string
  readonly imageKey: string
  readonly fileName: string
  readonly md5: string
  /** From another album. */
  readonly collected: boolean
}

/** Returns every item of a world with the bytes that SmugMug offers for it. */
export function wantedOf(world: World): readonly Wanted[] {
  const found: Wanted[] = []
  const walk = (nodes: readonly WorldNode[], above: string): void => {
    for (const node of nodes) {
      if (node.type === 'Folder') walk(node.children, `${above}${node.urlName}/`)
      if (node.type !== 'Album') continue
      for (const { image, collected = false } of placementsOf(node.album)) {
        const name = image.fileName ?? image.key
        found.push({
          folder: `${above}${node.album.urlName}`,
          albumKey: node.album.key,
          imageKey: image.key,
          fileName: image.isVideo ? name.replace(/\.[^.]*$/, '.mp4') : name,
          md5: md5Of(mediaOf(image)),
          collected,
        })
      }
    }
  }
  walk(world.root, '')
  return found
}

/** Asserts that each item's bytes stand under its own name in the folder of its album's path, and no other file stands anywhere, except `besides`. */
export function assertMirrors(lab: Pick<Lab, 'world' | 'media'>, besides: Readonly<Record<string, string>> = {}): void {
  const wanted = wantedOf(lab.world).map(({ folder, fileName, md5 }): [string, string] => [`${folder}/${fileName}`, md5])
  const expected = [...wanted, ...Object.entries(besides)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  assert.deepEqual([...lab.media()], expected)
}

/** Returns the key of the album with this name. */
export const albumKey = (world: World, name: string): string => {
  const found = albumsOf(world).find((album) => album.name === name)
  assert.ok(found, `an album called ${name}`)
  return found.key
}
