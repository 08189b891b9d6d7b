import { Room } from '../../flow/room.ts'
import { Turns } from '../../flow/turns.ts'
import type { Album, Owner } from '../../model.ts'
import type { Catalogue } from '../../vault/catalogue/catalogue.ts'
import type { ItemRow } from '../../vault/catalogue/rows.ts'
import type { Survey } from '../survey.ts'
import { lineLoader, pretendLoader } from './loader.ts'
import type { Opening } from './report/report.ts'
import type { Run } from './run/run.ts'

/**
 * Items of listed albums whose work is not finished: a few pages ahead of what 32 loaders can take. More would cost memory and bring
 * nothing; an album that is larger is admitted alone.
 */
const ROOM = 4000

/** A run over what the account and the vault turned out to hold. */
export function openRun(
  opening: Opening,
  found: { readonly owner: Owner; readonly albums: readonly Album[]; readonly survey: Survey },
): Run {
  const { job, tally } = opening
  const { vault, account, clock, emit, settings, selection } = job
  const { catalogue, storage } = vault
  const known = catalogue.meta('account')
  const { owner, albums, survey } = found
  const live = new Set(albums.map((album) => album.key))
  if (known === undefined) catalogue.setMeta('account', owner.nickName)
  emit({
    event: 'account',
    nickName: owner.nickName,
    albums: albums.length,
    ...(owner.imageCount !== undefined && { items: owner.imageCount }),
  })
  const stale = catalogue.meta('derived') !== 'current'
  catalogue.setMeta('derived', 'stale')
  for (const [key, reason] of survey.unreadable) {
    tally.problem({
      kind: 'album',
      album: catalogue.album(key)?.urlPath ?? key,
      reason: `its folder in the vault cannot be read: ${reason}`,
    })
  }
  const received = (bytes: number): void => {
    tally.bytes += bytes
  }
  // Names, links and times may all differ under other settings: then everything is listed once.
  const manner = JSON.stringify([
    settings.template,
    settings.collected,
    settings.forceMetadataTimes,
    settings.keepSecrets,
    settings.comments,
    settings.imageMetadata,
    settings.sidecars,
    settings.sidecarNames,
  ])
  const newManner = (catalogue.meta('manner') ?? manner) !== manner
  return {
    ...job,
    emit,
    signal: opening.signal,
    abort: opening.abort,
    startedAt: opening.now,
    owner,
    tally,
    manner,
    load:
      job.from ??
      (vault.mode === 'pretend'
        ? pretendLoader(storage, received)
        : lineLoader({ account, storage, clock, emit, signal: opening.signal, maxRetries: settings.maxRetries, received })),
    loadedAs: job.from === undefined ? 'stored' : 'adopted',
    room: new Room(ROOM),
    hashing: new Map(),
    hashed: { bytes: 0 },
    paths: new Turns(),
    inFlight: new Map(),
    departed: selection === undefined ? goneWithAlbums(vault.catalogue, live) : new Map(),
    placed: new Set(),
    waiting: [],
    collected: [],
    maybeMoved: [],
    heldBefore: survey.held,
    otherAccount: known !== undefined && known !== owner.nickName,
    live,
    albums,
    chosen: selection === undefined ? albums : albums.filter((album) => selection.album(album)),
    newManner,
    full: job.full === true || newManner,
    troubled: catalogue.troubledAlbums(),
    recorded: survey.recorded,
    unsettled: [],
    stale,
    treeChanged: false,
    recordsChanged: false,
    refusals: { components: 0, unasked: 0, offered: false },
    silence: { files: 0, albums: 0 },
  }
}

/** The items of albums that the account has no more: they have departed before anything is listed. */
function goneWithAlbums(catalogue: Catalogue, live: ReadonlySet<string>): Map<string, readonly ItemRow[]> {
  const departed = new Map<string, readonly ItemRow[]>()
  for (const album of catalogue.albums()) {
    if (album.vanishedAt !== undefined || live.has(album.key)) continue
    for (const row of catalogue.items(album.key)) {
      if (row.vanishedAt === undefined) departed.set(row.imageKey, [...(departed.get(row.imageKey) ?? []), row])
    }
  }
  return departed
}
