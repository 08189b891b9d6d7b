import type { Emit, Problem } from '../../events.ts'
import type { Clock } from '../../flow/clock.ts'
import type { AlbumHead } from '../../vault/record/album-record.ts'
import type { Vault } from '../../vault/vault.ts'
import { type Recorded, recordedItems } from '../export/export.ts'
import type { HandoverFiles } from './files.ts'
import type { HandoverTarget } from './targets.ts'

/** A handover to prepare. */
export interface HandoverJob {
  readonly target: HandoverTarget
  readonly vault: Pick<Vault, 'catalogue' | 'storage' | 'location'>
  readonly files: HandoverFiles
  /** The address that the old ones lead to, without a `/` at its end; absent: the same server. Only for redirects. */
  readonly to?: string
  /** Also what strangers did not see. Only for redirects. */
  readonly all: boolean
  /** Are sidecars to be written into the vault, too? */
  readonly sidecars: boolean
  readonly dryRun: boolean
  readonly emit: Emit
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** A handover under way. */
export interface HandoverRun extends HandoverJob {
  /** Names an exception. */
  report(problem: Problem): void
  /** Counts what was handed over. */
  readonly counts: { albums: number; items: number }
}

/** An album with all its items. */
export interface WholeAlbum {
  readonly head: AlbumHead
  readonly folder: string
  readonly items: readonly Recorded['item'][]
}

/** Items that are read between two reports of the progress. */
const REPORT_EVERY = 500

/** Reads every album of the account, one at a time, with its items in SmugMug's order. */
export async function* wholeAlbums(run: HandoverRun): AsyncGenerator<WholeAlbum> {
  const begun: (Omit<WholeAlbum, 'items'> & { readonly items: Recorded['item'][] })[] = []
  const chosen = (head: AlbumHead): boolean => {
    begun.push({ head, folder: run.vault.catalogue.album(head.key)?.folder ?? head.folder, items: [] })
    return true
  }
  let read = 0
  for await (const { item } of recordedItems(run.vault, { chosen, damaged: run.report })) {
    run.signal.throwIfAborted()
    // An item is of the album that was begun last: the others are whole.
    for (const whole of begun.splice(0, begun.length - 1)) yield whole
    begun[0]?.items.push(item)
    read += 1
    if (read % REPORT_EVERY === 0) run.emit({ event: 'progress', done: read, unit: 'items' })
  }
  yield* begun
}
