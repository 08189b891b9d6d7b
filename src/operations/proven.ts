import * as v from 'valibot'
import type { Catalogue } from '../vault/catalogue/catalogue.ts'
import type { FileKey } from '../vault/catalogue/rows.ts'

/** Notes in the catalogue: the start of the pass over all files, whether it found anything, the last clean pass. */
const BEGUN = 'verify.begun'
const SPOILT = 'verify.spoilt'
const COMPLETED = 'verify.completed'

/** The notes of a pass in slices: the key of the last file read, and the files that moved from ahead of it to behind it since. */
const CURSOR = 'verify.cursor'
const MOVED = 'verify.moved'
/** The most files that a pass remembers as moved; with more it proves nothing. */
const MOST_MOVED = 1000

/** Notes that something is missing or damaged: neither the last pass over all files nor the present one proves everything. */
export function spoilPass(catalogue: Catalogue): void {
  catalogue.setMeta(SPOILT, '1')
  catalogue.setMeta(COMPLETED, undefined)
}

/** Begins a pass over all files. */
export function startPass(catalogue: Catalogue, now: number): void {
  catalogue.setMeta(BEGUN, String(now))
  catalogue.setMeta(SPOILT, undefined)
  catalogue.setMeta(MOVED, undefined)
}

/** Returns the last file that the slices of the present pass have read; undefined if none is under way. */
export const cursorOfPass = (catalogue: Catalogue): FileKey | undefined => read(KEY, catalogue.meta(CURSOR))

/** Returns the files that moved past the end of the last slice, and are still to be read. */
export const movedInPass = (catalogue: Catalogue): readonly FileKey[] => read(KEYS, catalogue.meta(MOVED)) ?? []

/** Notes where a slice has ended; at the end of the pass nothing. */
export function notePass(
  catalogue: Catalogue,
  { cursor, moved }: { readonly cursor: FileKey | undefined; readonly moved: readonly FileKey[] },
): void {
  catalogue.setMeta(CURSOR, cursor && JSON.stringify(textOf(cursor)))
  catalogue.setMeta(MOVED, moved.length > 0 ? JSON.stringify(moved.map(textOf)) : undefined)
}

/** Notes that a file came to another album with its bytes: if the present pass has not read them, it must not pass them by. */
export function noteMovedInPass(catalogue: Catalogue, from: FileKey, albumKey: string): void {
  const cursor = cursorOfPass(catalogue)
  if (cursor === undefined) return
  const moved = movedInPass(catalogue)
  const others = moved.filter((key) => order(key, from) !== 0)
  if (order(from, cursor) <= 0 && others.length === moved.length) return
  const to = { ...from, albumKey }
  const now = order(to, cursor) <= 0 ? [...others, to] : others
  if (now.length > MOST_MOVED) catalogue.setMeta(SPOILT, '1')
  else notePass(catalogue, { cursor, moved: now })
}

const KEY = v.pipe(
  v.tuple([v.string(), v.string(), v.string()]),
  v.transform(([albumKey, imageKey, component]): FileKey => ({ albumKey, imageKey, component })),
)
const KEYS = v.array(KEY)

const read = <S extends v.GenericSchema>(schema: S, text: string | undefined): v.InferOutput<S> | undefined => {
  const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text)
  return success ? output : undefined
}

const textOf = ({ albumKey, imageKey, component }: FileKey): readonly string[] => [albumKey, imageKey, component]

/** Compares two keys as the catalogue orders them. */
const order = (a: FileKey, b: FileKey): number => Buffer.compare(Buffer.from(textOf(a).join('\0')), Buffer.from(textOf(b).join('\0')))

/** Notes the end of a pass over all files: it proves everything, unless it was spoilt. */
export function completePass(catalogue: Catalogue): void {
  if (catalogue.meta(SPOILT) === undefined) catalogue.setMeta(COMPLETED, catalogue.meta(BEGUN))
}

/** Returns the start of the present pass over all files, in milliseconds since 1970; undefined before the first. */
export function passBegun(catalogue: Catalogue): number | undefined {
  const begun = catalogue.meta(BEGUN)
  return begun === undefined ? undefined : Number(begun)
}

/** Returns the last time that everything held was re-read and found right, if nothing was found wrong since; milliseconds since 1970. */
export function lastFullyProven(catalogue: Catalogue): number | undefined {
  const completed = catalogue.meta(COMPLETED)
  return completed === undefined ? undefined : Number(completed)
}
