import type { Item } from '../../../model.ts'
import type { FileRow, ItemRow } from '../../../vault/catalogue/rows.ts'

/** What is to be done about one item, and why. Pure data. */
export type Task = { readonly item: Item /** Its name in the album's folder. */; readonly name: string } & (
  | {
      readonly kind: 'keep'
      readonly file: FileRow
      /** The item's row as it was; what has changed in it is written down. */
      readonly before?: ItemRow | undefined
      /** Where the file was until now, when it was renamed or its folder was. */
      readonly from?: string
    }
  | { readonly kind: 'obtain'; readonly because: 'new' | 'missing' | 'damaged' }
  /** SmugMug has other bytes than the vault. */
  | { readonly kind: 'replace'; readonly old: FileRow }
  | { readonly kind: 'leave'; readonly outcome: 'pending' | 'impossible' | 'failed'; readonly reason: string }
)

/** The task for an item, given its file in the vault, if it ever had one. */
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
 * Does SmugMug still have the bytes of this file? By MD5 where both are known, else by size and serial.
 * While SmugMug does not say (an item that is being processed again), what is held counts.
 */
function isSame(item: Item, file: FileRow): boolean {
  const source = item.availability.kind === 'ready' ? item.availability.source : undefined
  const sameSerial = item.serial === file.serial
  if (source === undefined) return sameSerial || item.availability.kind !== 'unresolved'
  if (source.md5 !== undefined) return source.md5 === file.md5 || source.md5 === file.toldMd5
  if (source.size !== undefined && source.size !== file.size && source.size !== file.toldSize) return false
  return sameSerial || (source.size !== undefined && item.serial === undefined)
}
