import * as v from 'valibot'
import { isPutAside, layout } from '../../vault/layout.ts'
import { isSafePath } from '../../vault/naming/safe-path.ts'
import { COUNT, DATE, parseJson, RecordError } from '../../vault/record/read-json.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import { linesOf } from '../lines.ts'

/** A path below the two folders for files that were put aside, and no other: other people can write to a vault. */
const ASIDE = v.pipe(
  v.string(),
  v.check((path) => isPutAside(path) && isSafePath(path)),
)

const LINE = v.object({
  at: DATE,
  from: v.string(),
  to: ASIDE,
  size: v.exactOptional(COUNT),
  why: v.string(),
  album: v.exactOptional(v.string()),
  imageKey: v.exactOptional(v.string()),
})

/** A file that was put aside: when, from and to which path, why, and the item that it belonged to. */
export type AsideLine = v.InferOutput<typeof LINE>

/**
 * Reads the lines about files that were put aside, the oldest first. Lines that cannot be read are passed over, and so is a journal that
 * cannot, once its path was given to `unread`.
 */
export async function asideLines(
  { storage }: Pick<Vault, 'storage'>,
  unread: (path: string) => void = () => undefined,
): Promise<readonly AsideLine[]> {
  const found: AsideLine[] = []
  const take = (text: string): void => {
    try {
      if (text !== '') found.push(parseJson(text, LINE))
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
    }
  }
  try {
    if ((await storage.stat(layout.historyJournal)) === undefined) return []
    for await (const line of linesOf(storage, layout.historyJournal)) take(line)
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    unread(layout.historyJournal)
  }
  return found
}
