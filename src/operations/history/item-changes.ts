import * as v from 'valibot'
import type { ItemChange } from '../../model.ts'
import type { RunRow } from '../../vault/catalogue/rows.ts'
import { parseJson, RecordError } from '../../vault/record/read-json.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import { linesOf } from '../lines.ts'
import { CHANGES_OF, summaryOf } from '../read-report.ts'
import type { ItemFact } from './past-run.ts'

/** The most runs whose reports are looked through: more than are kept. */
const MOST_RUNS = 2000

const CHANGE = v.object({ album: v.string(), imageKey: v.exactOptional(v.string()), from: v.exactOptional(v.string()) })

/**
 * Returns the runs that brought, replaced or moved an item, from the reports that are still kept. They are read line by line: one may name a million. The
 * path of one that cannot be read goes to `unread`.
 */
export async function itemChanges(
  { storage, catalogue }: Vault,
  item: { readonly imageKey: string; readonly album: string; readonly isElsewhere: boolean; readonly unread: (path: string) => void },
): Promise<readonly ItemFact[]> {
  const facts: ItemFact[] = []
  for (const row of catalogue.runs.recent(MOST_RUNS)) {
    const path = changedSomething(row)
    if (path === undefined) continue
    try {
      if ((await storage.stat(path)) === undefined) continue
      let what: ItemChange['what'] | undefined
      for await (const line of linesOf(storage, path)) {
        what = (CHANGES_OF.exec(line)?.[1] as typeof what) ?? what
        const text = what === undefined ? undefined : factIn(line, what, item)
        if (text !== undefined) facts.push({ at: row.startedAt, run: row.id, text })
      }
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      item.unread(path)
    }
  }
  return facts
}

/** Returns the path of the run's report, if the run changed anything. */
const changedSomething = (row: RunRow): string | undefined => {
  const summary = summaryOf(row)
  if (summary === undefined) return undefined
  const { stored, adopted, copied, moved, replaced } = summary.totals
  return stored + adopted + copied + moved + replaced === 0 ? undefined : summary.path
}

/** Returns a change of the item in words. The exceptions of a run say already that it went. */
const factIn = (
  line: string,
  what: ItemChange['what'],
  { imageKey, album, isElsewhere }: Omit<Parameters<typeof itemChanges>[1], 'unread'>,
): string | undefined => {
  if (what === 'went' || !line.includes(JSON.stringify(imageKey))) return undefined
  const change = changeOf(line)
  // An album had another path before it was renamed, so the path decides only between several albums with the same photo.
  if (change?.imageKey !== imageKey || (isElsewhere && change.album !== album)) return undefined
  if (what === 'came') return 'came'
  return what === 'changed' ? 'replaced by new bytes' : `moved${change.from === undefined ? '' : ` from ${change.from}`}`
}

const changeOf = (line: string): v.InferOutput<typeof CHANGE> | undefined => {
  try {
    return parseJson(line.trim().replace(/,$/, ''), CHANGE)
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    return undefined
  }
}
