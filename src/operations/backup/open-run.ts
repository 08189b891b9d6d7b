import { ServiceError } from '../../errors.ts'
import { formatNumber } from '../../events.ts'
import { breathe } from '../../flow/breathe.ts'
import { Room } from '../../flow/room.ts'
import type { Album, Owner } from '../../model.ts'
import type { Catalogue } from '../../vault/catalogue/catalogue.ts'
import { prefixed, UNSEALED } from '../plain.ts'
import { checkPatterns, folderPaths } from '../selection.ts'
import { checkGeneration } from '../state.ts'
import { linkNotices, type Survey, surveyVault } from '../survey.ts'
import { finishMoves } from './album/move-folders.ts'
import { isWanted, sizeOf } from './album/plan.ts'
import { componentOffer } from './bytes/companions.ts'
import type { BackupJob } from './job.ts'
import { type Loader, lineLoader, pretendLoader } from './loader.ts'
import type { Opening } from './report/reported.ts'
import { defaultBounds } from './run/bounds.ts'
import { Changes } from './run/changes.ts'
import { settingsPrint } from './run/due.ts'
import { Holdings } from './run/holdings.ts'
import { noteAlbumList } from './run/looks.ts'
import { Reach } from './run/reach.ts'
import type { DerivedNotes, Run } from './run/run.ts'

/** The contents of the account and the vault at the start of the run. */
export interface Found {
  readonly owner: Owner
  readonly albums: readonly Album[]
  /** Those of them that the run is about. */
  readonly chosen: readonly Album[]
  readonly survey: Survey
}

/** Looks whether the catalogue belongs to the vault, ends the moves that a killed run left, and reads the vault's folders. */
export async function surveyed(opening: Opening): Promise<Survey> {
  await checkGeneration(opening.job.vault, opening.emit)
  await finishMoves(opening.job.vault)
  return surveyVault(opening.job.vault, { ...opening, respell: true })
}

/** Opens a run over these contents. Throws `ConfigurationError` for a selection that matches nothing. */
export async function openRun(opening: Opening, { owner, albums, chosen, survey }: Found): Promise<Run> {
  const { job, tally, signal, abort, now: startedAt } = opening
  const { vault, settings, selection } = job
  const { catalogue } = vault
  const bounds = job.bounds ?? defaultBounds
  await checkPatterns({ selection, albums, emit: job.emit, folders: () => folderPaths(job.account, signal) })
  const account = catalogue.meta('account')
  const isOther = account !== undefined && account !== owner.nickName
  if (albums.length === 0 && !isOther && job.acceptChanges !== true) refuseNothing(catalogue)
  if (account === undefined) catalogue.setMeta('account', owner.nickName)
  reportAccount(opening, { owner, albums, chosen })
  // Another account's albums say nothing of this vault, until a person accepts them.
  if (!isOther || job.acceptChanges === true) await noteAlbumList(catalogue, { albums, selection })
  reportUnreadable(opening, survey)
  for (const name of survey.unsealed) tally.problem({ kind: 'notice', name, ...UNSEALED })
  for (const notice of linkNotices(survey)) tally.problem(notice)
  const derived = derivedNotes(opening)
  const live = new Set(albums.map((album) => album.key))
  const changes = new Changes({
    heldBefore: survey.held,
    otherAccount: isOther,
    maxVanished: settings.maxVanished,
    acceptChanges: job.acceptChanges === true,
  })
  if (selection === undefined) await departWithAlbums(changes, catalogue, (key) => live.has(key) || survey.unreadable.has(key))
  return {
    ...job,
    bounds,
    signal,
    abort,
    startedAt,
    tally,
    load: loaderOf(opening),
    loadedAs: job.from === undefined ? 'stored' : 'adopted',
    counts: (task) => isWanted(task) && (job.from === undefined || job.from.mayHave(sizeOf(task).size ?? -1)),
    ...(job.from !== undefined && { atMost: job.from.bytes }),
    unreadAtSource: () => job.from?.notices() ?? [],
    wasWhole: catalogue.runs.everEndedWell('backup'),
    room: new Room(bounds.room),
    view: { owner, live, counted: albums.reduce((sum, album) => sum + (album.imageCount ?? Number.NaN), 0) },
    due: {
      all: job.full === true || derived.settingsChanged,
      byItem: selection?.byItem === true,
      needsListing: needsListing(job),
      recorded: survey.recorded,
      now: startedAt,
      fullListingDays: settings.fullListingDays,
    },
    unreadable: survey.unreadable,
    changes,
    holdings: new Holdings(),
    reach: {
      albums: new Reach('albums', bounds.silentAlbums),
      files: new Reach('files', Math.max(bounds.silentFiles, 2 * settings.concurrentDownloads)),
    },
    components: componentOffer(vault.catalogue),
    loneSidecars: new Map(),
    derived,
    versions: opening.versions,
  }
}

/** Returns the albums that must be listed whatever their dates say. */
function needsListing({ vault: { catalogue }, settings }: BackupJob): ReadonlySet<string> {
  const troubled = catalogue.troubledAlbums()
  return settings.requireOriginals ? new Set([...troubled, ...catalogue.fallbacks().map(({ albumKey }) => albumKey)]) : troubled
}

/** Throws `ServiceError` if the vault has albums of the account: a list without any is not believed. */
function refuseNothing(catalogue: Catalogue): void {
  const known = catalogue.albums().filter(({ vanishedAt }) => vanishedAt === undefined).length
  if (known === 0) return
  throw new ServiceError(
    `SmugMug lists no albums, where there ${known === 1 ? 'was one' : `were ${formatNumber(known)}`}. Nothing was changed here.`,
    {
      hint: 'Look at the account on SmugMug. If it is right that no album is left, run it once with --accept-changes.',
    },
  )
}

/** Reports the account, the part of it that was chosen, and its size. */
function reportAccount({ job }: Opening, { owner, albums, chosen }: Pick<Found, 'owner' | 'albums' | 'chosen'>): void {
  const total = (of: (album: Album) => number | undefined): number => chosen.reduce((sum, album) => sum + (of(album) ?? Number.NaN), 0)
  const [items, bytes] = [total((album) => album.imageCount), total((album) => album.bytes)]
  job.emit({
    event: 'account',
    nickName: owner.nickName,
    albums: albums.length,
    ...(owner.imageCount !== undefined && { items: owner.imageCount }),
    ...(chosen.length < albums.length && { chosen: { albums: chosen.length, ...(!Number.isNaN(items) && { items }) } }),
    ...(!Number.isNaN(bytes) && chosen.length > 0 && { bytes }),
  })
}

/** Marks the files derived from records and catalogue as not written: a crash before the end of the run must not lose that. */
function derivedNotes({ job: { vault, settings } }: Opening): DerivedNotes {
  const { catalogue } = vault
  const print = settingsPrint(settings)
  const stale = catalogue.meta('derived') !== 'current'
  catalogue.setMeta('derived', 'stale')
  return {
    stale,
    settingsPrint: print,
    settingsChanged: (catalogue.meta('manner') ?? print) !== print,
    recordsChanged: false,
    treeChanged: false,
  }
}

function loaderOf({ job, tally, signal }: Opening): Loader {
  const { vault, account, clock, emit, settings } = job
  const received = (bytes: number): void => {
    tally.bytes += bytes
  }
  if (job.from !== undefined) return job.from.load
  if (vault.mode === 'pretend') return pretendLoader(vault.storage, received)
  return lineLoader({ account, storage: vault.storage, clock, emit, signal, maxRetries: settings.maxRetries, received })
}

/** Reports each album whose folder could not be read. */
function reportUnreadable({ job, tally }: Opening, survey: Survey): void {
  for (const [key, why] of survey.unreadable) {
    tally.problem({
      kind: 'album',
      album: job.vault.catalogue.album(key)?.urlPath ?? key,
      ...prefixed('its folder in the vault cannot be read', why),
    })
  }
}

/** Notes the items of albums that the account no longer has, except where it cannot be seen: they departed before anything is listed. */
async function departWithAlbums(changes: Changes, catalogue: Catalogue, stays: (key: string) => boolean): Promise<void> {
  for (const album of catalogue.eachAlbum()) {
    await breathe()
    if (album.vanishedAt !== undefined || stays(album.key)) continue
    changes.depart(catalogue.items(album.key).filter((row) => row.vanishedAt === undefined))
  }
}
