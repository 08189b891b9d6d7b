import { type Expected, formatBytes } from '../../../events.ts'
import { breathe } from '../../../flow/breathe.ts'
import type { Album } from '../../../model.ts'
import type { Placement } from '../album/folders.ts'
import { listingReason } from './due.ts'
import type { Run } from './run.ts'

const NOTHING: Expected = { items: 0, bytes: 0, unsized: 0 }

/** The facts of the catalogue about an album: its held items, those that SmugMug does not offer, the bytes held, and whether all are originals. */
export interface HeldFacts {
  readonly held: number
  readonly impossible: number
  readonly bytes: number
  readonly onlyOriginals: boolean
}

/** Returns what an album still lacks, by SmugMug's own count and size of it. Pure. */
export function expectedOf(
  { imageCount, bytes }: Pick<Album, 'imageCount' | 'bytes'>,
  { held, impossible, ...facts }: HeldFacts,
): Expected {
  if (imageCount === undefined) return NOTHING
  const items = Math.max(0, imageCount - held - impossible)
  if (items === 0) return NOTHING
  if (bytes === undefined) return { items, bytes: 0, unsized: items }
  // A rendition that is held has another size than the original that SmugMug adds up.
  const lacking = facts.onlyOriginals ? bytes - facts.bytes : (bytes * items) / imageCount
  return { items, bytes: Math.max(0, Math.round(lacking)), unsized: 0 }
}

/** Returns what an album that must be listed is expected to lack; nothing for one that is skipped, or whose folder cannot be read. */
export function expectedIn(run: Run, { album, row }: Placement): Expected {
  if (run.unreadable.has(row.key) || listingReason(run.due, row, album) === undefined) return NOTHING
  const { counts } = run.vault.catalogue
  const { held = 0, elsewhere = 0, impossible = 0 } = counts.states(row.key)
  const grades = Object.entries(counts.grades(row.key))
  const bytes = grades.reduce((sum, [, grade]) => sum + grade.bytes, 0)
  const facts = { held: held + elsewhere, impossible, bytes, onlyOriginals: grades.every(([grade]) => grade === 'original') }
  const expected = expectedOf(album, facts)
  // Only a part of the items was chosen, and nothing is known of their size.
  return run.due.byItem ? { ...expected, bytes: 0, unsized: expected.items } : expected
}

/** The bytes of a thumbnail, as measured. */
const THUMBNAIL = 25_000

/**
 * Reports the work ahead, and warns if the disk has less room than that takes. The run goes on: it holds as much as fits. Thumbnails come
 * last, in the room that photos leave. Files that lie in
 * the vault already may be the photos, so their bytes are taken off. Nothing is said of a disk that does not know its free bytes.
 */
export async function forecast(run: Run, placements: Iterable<Placement>): Promise<void> {
  const sum = { ...NOTHING }
  for (const placement of placements) {
    await breathe()
    const { items, bytes, unsized } = expectedIn(run, placement)
    Object.assign(sum, { items: sum.items + items, bytes: sum.bytes + bytes, unsized: sum.unsized + unsized })
  }
  const { storage, catalogue, location, mode } = run.vault
  const free = await storage.free?.()
  // An adoption takes only what another folder has.
  const needed = run.loadedAs === 'adopted' ? undefined : Math.max(0, sum.bytes - catalogue.strays.bytes())
  const thumbnails = run.settings.twin ? sum.items * THUMBNAIL : undefined
  run.emit({
    event: 'forecast',
    ...sum,
    ...(needed !== undefined && { needs: needed }),
    ...(thumbnails !== undefined && { thumbnails }),
    ...(free !== undefined && { free }),
    ...(run.atMost !== undefined && { atMost: run.atMost }),
  })
  if (free === undefined || needed === undefined) return
  if (needed <= free) {
    const lacking = needed + (thumbnails ?? 0) - free
    if (lacking > 0)
      run.emit({
        event: 'warning',
        message: `The photos fit into ${location}, but not all thumbnails of the twin: about ${formatBytes(lacking)} will be missing for them. The twin shows names instead of the oldest ones. Make room there, or use a larger disk.`,
      })
    return
  }
  const needs = mode === 'pretend' ? 'would need' : 'needs'
  run.emit({
    event: 'warning',
    message: `The backup ${needs} about ${formatBytes(needed)}, and ${formatBytes(free)} are free in ${location}: about ${formatBytes(needed - free)} will be missing. Make room there, or use a larger disk.`,
  })
}
