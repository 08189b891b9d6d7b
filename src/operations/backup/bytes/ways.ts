import type { Item, Source } from '../../../model.ts'
import type { FileRow, StrayRow } from '../../../vault/catalogue/rows.ts'

/** How an item's bytes come to its name. */
export type Way =
  | { readonly kind: 'fetch' }
  /** They stand elsewhere in the vault, for an item that has left that place: it is moved. */
  | { readonly kind: 'move'; readonly from: FileRow }
  /** They stand elsewhere in the vault and stay there: a further name for them. */
  | { readonly kind: 'copy'; readonly from: FileRow }
  /** They stand in the vault for nobody. */
  | { readonly kind: 'adopt'; readonly from: StrayRow }

/** The cheapest honest way, given what is in the vault. `strays` are already proven to have the source's bytes. */
export function chooseWay(known: {
  readonly elsewhere: readonly FileRow[]
  readonly strays: readonly StrayRow[]
  readonly hasLeft: (file: FileRow) => boolean
}): Way {
  const left = known.elsewhere.find(known.hasLeft)
  if (left !== undefined) return { kind: 'move', from: left }
  const [other] = known.elsewhere
  if (other !== undefined) return { kind: 'copy', from: other }
  const [stray] = known.strays
  return stray === undefined ? { kind: 'fetch' } : { kind: 'adopt', from: stray }
}

/** Are these the bytes that the source promises? With an MD5 it is proof; size and serial must do where SmugMug gives none. */
export function hasBytesOf(source: Source, item: Item, file: FileRow): boolean {
  if (source.md5 !== undefined) return file.md5 === source.md5 && (source.size === undefined || source.size === file.size)
  return (
    file.imageKey === item.imageKey &&
    file.serial !== undefined &&
    file.serial === item.serial &&
    file.grade === source.grade &&
    (source.size === undefined || file.toldSize === source.size || file.size === source.size)
  )
}
