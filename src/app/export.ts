import { DestinationError } from '../errors.ts'
import type { Problem } from '../events.ts'
import { formatCount } from '../events.ts'
import { noTotals } from '../model.ts'
import { csvOf, jsonLinesOf, recordedItems } from '../operations/export/export.ts'
import { xmpOf } from '../operations/export/xmp.ts'
import type { Outcome } from '../operations/outcome.ts'
import { checkPatterns, warnOfIdleKeywords } from '../operations/selection.ts'
import { type Request, selectionOf } from './request.ts'
import { atDestination, stillThere, withVault } from './vault.ts'

/** Writes the metadata of every held item, piece by piece; with `vanished`, of those that are gone from the account. */
export async function runExport(
  request: Request & { readonly format: 'csv' | 'jsonl' | 'xmp'; readonly vanished?: boolean; write(text: string): Promise<void> },
): Promise<Outcome> {
  return atDestination(request.settings, async (destination) => {
    await stillThere(destination, request)
    return withVault(destination, { mode: 'read', operation: 'export' }, async (vault) => {
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
      async function* counting() {
        for await (const item of recordedItems(vault, { chosen: (album) => selection?.album(album) ?? true, vanished, damaged })) {
          if (selection?.item(item.item) === false) continue
          items += 1
          yield item
        }
      }
      const writers = {
        csv: () => csvOf(counting(), { root: destination, defuse: true, vanished }),
        jsonl: () => jsonLinesOf(counting()),
        xmp: () => xmpOf(counting()),
      }
      const bytes = writers[request.format]()
      const decoder = new TextDecoder()
      for await (const chunk of bytes) await request.write(decoder.decode(chunk, { stream: true }))
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
