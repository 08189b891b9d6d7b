import type { Item } from '../../../model.ts'
import type { FileRow, ItemRow } from '../../../vault/catalogue/rows.ts'

/** The plan for one item, and its reason. Pure data. */
export type Task = { readonly item: Item /** Its name in the album's folder. */; readonly name: string } & (
  | {
      readonly kind: 'keep'
      readonly file: FileRow
      /** The item's row before this run, to see whether it has changed. */
      readonly before?: ItemRow | undefined
      /** The file's former path, if it or its folder was renamed. */
      readonly from?: string
    }
  | { readonly kind: 'obtain'; readonly because: 'new' | 'missing' | 'damaged' }
  /** SmugMug has other bytes than the vault. */
  | { readonly kind: 'replace'; readonly old: FileRow }
  | { readonly kind: 'leave'; readonly outcome: 'pending' | 'impossible' | 'failed'; readonly reason: string }
)

/** Are the item's bytes wanted? */
export const isWanted = (task: Task): boolean => task.kind === 'obtain' || task.kind === 'replace'

/** Returns the size of the bytes, if the listing gives it. */
export const sizeOf = ({ item: { availability } }: Task): { readonly size?: number } =>
  availability.kind === 'ready' && availability.source.size !== undefined ? { size: availability.source.size } : {}

/** Returns the task for an item. `file` is its file in the vault, if it ever had one. */
export function planItem(item: Item, name: string, file: FileRow | undefined): Task {
  if (file?.state === 'held') {
    return isSame(item, file) ? { kind: 'keep', item, name, file } : { kind: 'replace', item, name, old: file }
  }
  const { availability } = item
  if (availability.kind === 'pending' || availability.kind === 'impossible') {
    return { kind: 'leave', item, name, outcome: availability.kind, reason: availability.reason }
  }
  return { kind: 'obtain', item, name, because: file === undefined ? 'new' : file.state }
}

/**
 * Does SmugMug still have the bytes of this file? Compares MD5s if both are known, else size and serial. While SmugMug says neither (it
 * processes the item again), the held file counts as the same.
 */
function isSame(item: Item, file: FileRow): boolean {
  const source = item.availability.kind === 'ready' ? item.availability.source : undefined
  const sameSerial = item.serial === file.serial
  if (source === undefined) return sameSerial || item.availability.kind !== 'unresolved'
  if (source.md5 !== undefined) return source.md5 === file.md5 || source.md5 === file.toldMd5
  if (source.size !== undefined && source.size !== file.size && source.size !== file.toldSize) return false
  return sameSerial || (source.size !== undefined && item.serial === undefined)
}
