/** The copies of an item that the vault still holds: the one in its place, and those that were put aside. */
import { inFolder, splitPath } from '../../vault/layout.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import { type AsideLine, asideLines } from './aside-lines.ts'

/** One copy that can be had. */
export interface HeldCopy {
  /** Its path in the vault. */
  readonly path: string
  /** Its own name, as it was in its album. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** True for a file beside the photo itself, such as its RAW. */
  readonly isCompanion?: boolean
  /** The time and the reason for which it was put aside, the time in ISO 8601; absent for the copy in its place. */
  readonly aside?: { readonly at: string; readonly why: string }
}

/** An item and its copies. */
export interface ItemCopies {
  readonly name: string
  /** The folder of its album. */
  readonly folder: string
  /** The MD5 of the copy in its place. */
  readonly md5?: string
  /** The copy in its place first, then the newest. */
  readonly copies: readonly HeldCopy[]
  /** The reason why no copy stands in its place. */
  readonly reason?: string
}

/** Finds the copies of an item; undefined for a key that the vault does not know. */
export async function copiesOf(vault: Vault, imageKey: string): Promise<ItemCopies | undefined> {
  const { catalogue } = vault
  const rows = catalogue.itemsByImage(imageKey)
  const lines = (await asideLines(vault)).filter((line) => line.imageKey === imageKey)
  const aside = await standing(vault, lines)
  // A collected item has the same file in several albums: one of them is enough.
  const [file] = catalogue.filesByImage(imageKey)
  const row = rows.find(({ albumKey }) => albumKey === file?.albumKey) ?? rows[0]
  if (row === undefined && aside.length === 0) return undefined
  const present: HeldCopy[] = []
  for (const { albumKey, name, component } of file === undefined ? [] : catalogue.filesOf(file.albumKey, imageKey)) {
    const path = inFolder(catalogue.album(albumKey)?.folder ?? '', name)
    const size = await sizeOf(vault, path)
    if (size !== undefined) present.push({ path, name, size, isCompanion: component !== '' })
  }
  present.sort((a, b) => Number(a.isCompanion) - Number(b.isCompanion))
  const reason = present.length > 0 ? undefined : (row?.reason ?? (row?.vanishedAt === undefined ? undefined : 'no longer on SmugMug'))
  return {
    name: row?.name ?? aside[0]?.name ?? '',
    folder: catalogue.album(row?.albumKey ?? '')?.folder ?? '',
    ...(file !== undefined && { md5: file.md5 }),
    copies: [...present, ...aside],
    ...(reason !== undefined && { reason }),
  }
}

/** Returns up to `most` copies of photos and videos that were put aside, the newest first. */
export async function copiesAside(vault: Vault, most: number): Promise<readonly (HeldCopy & { readonly imageKey: string })[]> {
  const lines = (await asideLines(vault)).filter(({ imageKey }) => imageKey !== undefined)
  const found: (HeldCopy & { readonly imageKey: string })[] = []
  for (const line of lines.toReversed()) {
    if (found.length >= most) break
    const [copy] = await standing(vault, [line])
    if (copy !== undefined && line.imageKey !== undefined) found.push({ ...copy, imageKey: line.imageKey })
  }
  return found
}

/**
 * Returns the copy as of a moment, in milliseconds since 1970: the first one that was put aside from then on, else the one in its place,
 * else the newest. A companion (RAW) is none.
 */
export function copyAsOf({ copies }: ItemCopies, before: number): HeldCopy | undefined {
  const companions = new Set(copies.filter(({ isCompanion }) => isCompanion === true).map(({ name }) => name))
  const all = copies.filter(({ name }) => !companions.has(name))
  const present = all.find((copy) => copy.aside === undefined)
  const aside = all.filter((copy) => copy.aside !== undefined)
  return aside.findLast((copy) => Date.parse(copy.aside?.at ?? '') >= before) ?? present ?? aside[0]
}

/** Returns the files of these lines that still stand, the newest first. Sidecars are none: they are written anew at any time. */
async function standing(vault: Vault, lines: readonly AsideLine[]): Promise<readonly HeldCopy[]> {
  const found: HeldCopy[] = []
  for (const { at, from, to, why } of lines.toReversed()) {
    if (/\.xmp$/i.test(to)) continue
    const size = await sizeOf(vault, to)
    if (size !== undefined) found.push({ path: to, name: splitPath(from).name, size, aside: { at, why } })
  }
  return found.toSorted((a, b) => Date.parse(b.aside?.at ?? '') - Date.parse(a.aside?.at ?? ''))
}

/** Returns the size of a file; undefined if there is none, or if it cannot be reached. */
async function sizeOf({ storage }: Vault, path: string): Promise<number | undefined> {
  try {
    const entry = await storage.stat(path)
    return entry?.kind === 'file' ? entry.size : undefined
  } catch (error) {
    if (error instanceof StorageError) return undefined
    throw error
  }
}
