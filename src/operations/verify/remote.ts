import { RequestError, ServiceError } from '../../errors.ts'
import { albumLabel, formatCount, formatNumber, type Problem } from '../../events.ts'
import { parallel } from '../../flow/parallel.ts'
import type { Album } from '../../model.ts'
import type { ItemRow } from '../../vault/catalogue/rows.ts'
import { planItem } from '../backup/album/plan.ts'
import { plain, prefixed } from '../plain.ts'
import type { VerifyJob } from './job.ts'

const LISTERS = 8

/** Compares the vault with a full listing of the account: every item must be held, with the bytes that SmugMug has now. */
export async function compareWithAccount(
  job: VerifyJob,
  report: (problem: Problem) => void,
): Promise<{ readonly checked: number; readonly found: number }> {
  const { account, vault } = job
  if (account === undefined) return { checked: 0, found: 0 }
  const count = { checked: 0, found: 0 }
  const albums = await account.albums(job.signal)
  const live = new Set(albums.map((album) => album.key))
  for (const album of vault.catalogue.albums()) {
    if (album.vanishedAt !== undefined || live.has(album.key)) continue
    report({ kind: 'notice', album: albumLabel(album), reason: 'this album is held, and no longer on SmugMug' })
  }
  let compared = 0
  const noteProgress = (): void => job.emit({ event: 'progress', done: compared, total: albums.length, unit: 'albums' })
  noteProgress()
  await parallel(albums, { workers: LISTERS, signal: job.signal }, async (album) => {
    try {
      const listing = await account.items(album, job.signal)
      for (const item of listing.items) {
        count.checked += 1
        const file = vault.catalogue.file(album.key, item.imageKey)
        const row = vault.catalogue.item(album.key, item.imageKey)
        const task = planItem(item, row?.name ?? item.fileName, file)
        if (task.kind === 'keep' || task.kind === 'leave' || isAccountedFor(row)) continue
        found(album, {
          name: task.name,
          imageKey: item.imageKey,
          reason: task.kind === 'replace' ? 'SmugMug has other bytes now' : 'on SmugMug, not held',
        })
      }
      const listed = new Set(listing.items.map((item) => item.imageKey))
      for (const row of listing.complete ? vault.catalogue.items(album.key) : []) {
        if (row.vanishedAt !== undefined || listed.has(row.imageKey)) continue
        report({
          kind: 'notice',
          album: albumLabel(album),
          name: row.name,
          imageKey: row.imageKey,
          reason: 'held, and no longer on SmugMug',
        })
      }
      if (!listing.complete)
        found(album, {
          reason: `SmugMug counts ${listing.imageCount === undefined ? 'an unknown number of items' : formatCount(listing.imageCount, 'item')} and lists ${formatNumber(listing.items.length)}`,
        })
    } catch (error) {
      if (!(error instanceof RequestError || error instanceof ServiceError)) throw error
      found(album, prefixed('could not be listed', plain(error)))
    }
    compared += 1
    noteProgress()
  })
  return count

  /** Is the item held in another album, or known to be impossible or pending? Each backup names the latter. */
  function isAccountedFor(row: ItemRow | undefined): boolean {
    return row !== undefined && row.vanishedAt === undefined && ['elsewhere', 'impossible', 'pending'].includes(row.state)
  }

  function found(album: Album, problem: Omit<Problem, 'kind' | 'album'>): void {
    count.found += 1
    report({ kind: problem.imageKey === undefined ? 'album' : 'missing', album: albumLabel(album), ...problem })
  }
}
