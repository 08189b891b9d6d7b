import type { Album } from '../../../model.ts'
import type { AlbumRow } from '../../../vault/catalogue/rows.ts'
import { isDue, isUnchanged } from '../../compare.ts'
import type { BackupSettings } from '../job.ts'

/** The reason for a listing. */
export type ListingReason = 'all are listed' | 'changed' | 'needs a listing' | 'no record' | 'due'

/** The facts that decide whether an album is listed in this run. */
export interface DueFacts {
  /** Every album is listed: a person asked for it, or the settings that names and records depend on have changed. */
  readonly all: boolean
  /** The selection leaves out single items: every chosen album must be listed to find them. */
  readonly byItem: boolean
  /** Keys of albums with an item failed, pending, missing or damaged. */
  readonly needsListing: ReadonlySet<string>
  /** Keys of albums whose `album.json` stands in its place as it was written. */
  readonly recorded: ReadonlySet<string>
  readonly now: number
  readonly fullListingDays: number
}

/** Returns the reason why an album must be listed; undefined when it may be skipped. Pure. */
export function listingReason(facts: DueFacts, row: AlbumRow, album: Album): ListingReason | undefined {
  if (facts.all || facts.byItem) return 'all are listed'
  if (!isUnchanged(row, album)) return 'changed'
  if (facts.needsListing.has(row.key)) return 'needs a listing'
  if (!facts.recorded.has(row.key)) return 'no record'
  return isDue(row, { now: facts.now, days: facts.fullListingDays }) ? 'due' : undefined
}

/** Returns the settings that names, links, times and records depend on, as one text: when it differs from the last run's, everything is listed once. */
export const settingsPrint = (settings: BackupSettings): string =>
  JSON.stringify([
    settings.template,
    settings.collected,
    settings.forceMetadataTimes,
    settings.keepSecrets,
    settings.comments,
    settings.imageMetadata,
    settings.sidecars,
    settings.sidecarNames,
  ])
