import type { Grade, Item, Source } from '../../../model.ts'
import type { FileRow, StrayRow } from '../../../vault/catalogue/rows.ts'

/** The way of an item's bytes to its name. */
export type Way =
  | { readonly kind: 'fetch' }
  /** The bytes stand elsewhere in the vault, under an item that has left: its file is moved. */
  | { readonly kind: 'move'; readonly from: FileRow }
  /** The bytes stand elsewhere in the vault and stay there: they get a further name. */
  | { readonly kind: 'copy'; readonly from: FileRow }
  /** The bytes stand in the vault as a stray. */
  | { readonly kind: 'adopt'; readonly from: StrayRow }

/** Returns the cheapest honest way, given the vault's files. `strays` are already proven to have the source's bytes; beside `elsewhere`, only those nearby. */
export function chooseWay(known: {
  readonly elsewhere: readonly FileRow[]
  readonly strays: readonly StrayRow[]
  readonly hasLeft: (file: FileRow) => boolean
}): Way {
  const left = known.elsewhere.find(known.hasLeft)
  if (left !== undefined) return { kind: 'move', from: left }
  const [stray] = known.strays
  if (stray !== undefined) return { kind: 'adopt', from: stray }
  const [other] = known.elsewhere
  return other === undefined ? { kind: 'fetch' } : { kind: 'copy', from: other }
}

/**
 * Are these the bytes that the source promises, or better ones of the same photo? An MD5 proves the former; without one, size and serial must do. An
 * album that allows no downloads offers a smaller picture: an original that came from another album is not given up for that.
 */
export function hasBytesOf(source: Source, item: Item, file: FileRow): boolean {
  const isSamePhoto = file.imageKey === item.imageKey && file.serial !== undefined && file.serial === item.serial
  if (isSamePhoto && GRADES.indexOf(file.grade) < GRADES.indexOf(source.grade)) return true
  if (source.md5 !== undefined) return file.md5 === source.md5 && (source.size === undefined || source.size === file.size)
  if (!isSamePhoto || file.grade !== source.grade) return false
  return source.size === undefined || file.toldSize === source.size || file.size === source.size
}

/** From the best to the least. */
const GRADES: readonly Grade[] = ['original', 'rendition', 'fallback']
