import { DestinationError } from '../errors.ts'
import type { Problem } from '../events.ts'
import { formatCount } from '../events.ts'
import { noTotals } from '../model.ts'
import { countItems, csvOf, jsonLinesOf, recordedItems } from '../operations/export/export.ts'
import { xmpOf } from '../operations/export/xmp.ts'
import type { Outcome } from '../operations/outcome.ts'
import { checkPatterns, warnOfIdleKeywords } from '../operations/selection.ts'
import { refuseVaultFile } from './refuse-vault-file.ts'
import { type Request, selectionOf } from './request.ts'
import { atDestination, requireCatalogue, stillThere, withVault } from './vault.ts'

/** Items that are read between two reports of the progress. */
const REPORT_EVERY = 500

/** An export, and where it goes. */
export interface ExportRequest extends Request {
  readonly format: 'csv' | 'jsonl' | 'xmp'
  readonly vanished?: boolean
  /** The absolute path of the file that `write` fills, if it is one. */
  readonly output?: string
  write(text: string): Promise<void>
}

/**
 * Writes the metadata of every held item, piece by piece; with `vanished`, of those that are gone from the account. Throws
 * `ConfigurationError`, before anything is written, when `output` is a file that the vault needs.
 */
export async function runExport(request: ExportRequest): Promise<Outcome> {
  return atDestination(request, async (place) => {
    await stillThere(place, request)
    await requireCatalogue(place)
    return withVault(place, { mode: 'read', operation: 'export' }, async (vault) => {
      if (request.output !== undefined) await refuseVaultFile(vault, request.output)
      let items = 0
      const problems: Problem[] = []
      const damaged = (problem: Problem): void => {
        problems.push(problem)
        request.emit({ event: 'problem', problem })
      }
      const { vanished = false } = request
      const selection = selectionOf(request.settings)
      const albums = vault.catalogue.albums().filter((album) => vanished || album.vanishedAt === undefined)
      if (albums.length > 0) await checkPatterns({ selection, albums, emit: request.emit })
      const chosen = (album: { readonly urlPath: string }): boolean => selection?.album(album) ?? true
      const total = countItems(vault, { chosen, vanished })
      let read = 0
      const noteProgress = (): void => request.emit({ event: 'progress', done: read, total: Math.max(read, total), unit: 'items' })
      noteProgress()
      async function* counting() {
        for await (const item of recordedItems(vault, { chosen, vanished, damaged })) {
          read += 1
          if (read % REPORT_EVERY === 0) noteProgress()
          if (selection?.item(item.item) === false) continue
          items += 1
          yield item
        }
      }
      const writers = {
        csv: () => csvOf(counting(), { location: place.location, storage: vault.storage, defuse: true, vanished }),
        jsonl: () => jsonLinesOf(counting()),
        xmp: () => xmpOf(counting()),
      }
      const bytes = writers[request.format]()
      const decoder = new TextDecoder()
      for await (const chunk of bytes) await request.write(decoder.decode(chunk, { stream: true }))
      noteProgress()
      if (albums.length > 0) warnOfIdleKeywords(selection, request.emit)
      if (items === 0 && problems.length > 0) {
        throw new DestinationError('None of the records in the vault could be read; nothing is exported.', {
          hint: 'Run a backup: it writes the records anew.',
        })
      }
      return {
        exitCode: problems.length > 0 ? 3 : 0,
        message: `${formatCount(items, 'item')} written${problems.length > 0 ? `; ${formatCount(problems.length, 'record')} could not be read` : ''}.`,
        ...(problems.length > 0 && { hint: 'Run a backup, which writes such a record anew, then export again.' }),
        totals: { ...noTotals, items, kept: items },
        problems,
      }
    })
  })
}
