import { formatCount, type Problem } from '../../../events.ts'
import type { ItemRow } from '../../../vault/catalogue/rows.ts'
import { countAlbum } from '../album/finish.ts'
import { conclude, isHeldElsewhere } from '../bytes/conclude.ts'
import type { Run } from '../run/run.ts'
import { hasNewHome } from './homes.ts'

/** The numbers that made the brake stop the run. */
export interface Braked {
  readonly vanished: number
  readonly replaced: number
  readonly held: number
  readonly otherAccount: boolean
}

/** Stops at the brake: nothing is replaced, marked, moved aside or trashed. New items have been fetched before. */
export function hold(run: Run, departed: readonly ItemRow[]): Braked {
  const { changes } = run
  const held = departed.filter((row) => row.state === 'held')
  const [moved, lost] = [held.filter((row) => hasNewHome(run, row)), held.filter((row) => !hasNewHome(run, row))]
  nameVanishing(run, lost)
  const nameReplaced = (facts: Pick<Problem, 'album' | 'name' | 'imageKey'>): void =>
    run.tally.problem({ kind: 'would-be-replaced', ...facts, reason: 'changed on SmugMug' })
  for (const { album, task } of changes.waiting) nameReplaced({ album: album.label, name: task.name, imageKey: task.item.imageKey })
  for (const { albumKey, name, imageKey } of moved)
    nameReplaced({ album: run.vault.catalogue.album(albumKey)?.urlPath ?? albumKey, name, imageKey })
  const replaced = changes.waiting.length + moved.length
  for (const job of [...changes.waiting.splice(0), ...changes.collected.splice(0)]) {
    const kind = job.task.kind === 'replace' || isHeldElsewhere(run, job.task.item) ? 'kept' : 'pending'
    conclude(run, job, { kind, reason: 'waits for --accept-changes' })
  }
  for (const album of changes.unsettled.splice(0)) countAlbum(run, album)
  return { vanished: lost.length, replaced, held: changes.heldBefore, otherAccount: changes.otherAccount }
}

/**
 * Lets replacements wait while the lists are in doubt, because with the departed items they would be too many: the run that can judge those judges them
 * together. Their albums are listed again until then.
 */
export function holdReplacements(run: Run): void {
  const waiting = Map.groupBy(run.changes.waiting.splice(0), ({ album }) => album)
  for (const [album, jobs] of waiting) {
    album.incomplete = true
    for (const job of jobs) conclude(run, job, { kind: 'kept', reason: 'waits until it is known what is gone' })
    const reason = `${formatCount(jobs.length, 'changed photo')} will be replaced when it is known what is gone from SmugMug: together they may be too many`
    run.tally.problem({ kind: 'album', album: album.label, reason })
  }
}

/** Names the items that would vanish, by album. */
function nameVanishing({ vault, tally }: Run, lost: readonly ItemRow[]): void {
  for (const [albumKey, rows] of Map.groupBy(lost, (row) => row.albumKey)) {
    const album = vault.catalogue.album(albumKey)?.urlPath ?? albumKey
    const { held = 0 } = vault.catalogue.counts.states(albumKey)
    const isWhole = rows.length >= held
    for (const { name, imageKey } of rows)
      tally.problem({ kind: 'would-vanish', album, name, imageKey, reason: 'gone from SmugMug', ...(isWhole && { wholeAlbum: true }) })
  }
}
