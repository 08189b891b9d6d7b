import { ConfigurationError } from '../../errors.ts'
import type { ItemRow } from '../../vault/catalogue/rows.ts'
import { inFolder } from '../../vault/layout.ts'
import type { Vault } from '../../vault/vault.ts'
import type { Past } from '../../vault/versions/past.ts'
import { readItemQuery } from '../item-query.ts'
import { summaryOf } from '../read-report.ts'
import { type AsideLine, asideLines } from './aside-lines.ts'
import { itemChanges } from './item-changes.ts'
import { itemWords, openPast } from './item-words.ts'
import type { ItemFact, ItemLife } from './past-run.ts'

/** Returns the lives of the items that a person names: see `ItemQuery`. Throws `ConfigurationError` if there is none. */
export async function livesOf(vault: Vault, path: string): Promise<readonly ItemLife[]> {
  const found = itemsAt(vault, path)
  if (found.length === 0) {
    throw new ConfigurationError(`There is no item ${JSON.stringify(path)} in the vault.`, {
      hint: 'Give the path of a photo or video, such as "Travel/Norway/IMG_1.jpg", or the address of its page at SmugMug.',
    })
  }
  const unreadOfAll = new Set<string>()
  const noteUnread = (path: string): void => void unreadOfAll.add(path)
  const lines = await asideLines(vault, noteUnread)
  const past = await openPast(vault, noteUnread)
  const lives: ItemLife[] = []
  for (const item of found) {
    const unread = new Set(unreadOfAll)
    const known = { lines, past, unread: (path: string): void => void unread.add(path) }
    const life = await lifeOf(vault, item, known)
    lives.push({ ...life, ...(unread.size > 0 && { unread: [...unread] }) })
  }
  return lives
}

/** Finds the items that a person names. */
function itemsAt({ catalogue, location }: Vault, text: string): readonly ItemRow[] {
  const query = readItemQuery(text, location)
  if (query.imageKey !== undefined) return catalogue.itemsByImage(query.imageKey)
  return catalogue.albums().flatMap((album) => (query.isIn(album) ? catalogue.items(album.key).filter((item) => query.is(item)) : []))
}

async function lifeOf(
  vault: Vault,
  item: ItemRow,
  {
    lines,
    past,
    unread,
  }: { readonly lines: readonly AsideLine[]; readonly past: Past | undefined; readonly unread: (path: string) => void },
): Promise<ItemLife> {
  const { catalogue } = vault
  const { albumKey, imageKey, state, reason, vanishedAt } = item
  const album = catalogue.album(albumKey)
  const path = inFolder(album?.folder ?? '', item.name)
  const file = catalogue.file(albumKey, imageKey)
  const labelOf = (key: string): string => catalogue.album(key)?.urlPath ?? key
  const label = labelOf(albumKey)
  const exceptions = exceptionsOf(catalogue, { imageKey, album: label })
  const isGoneNamed = exceptions.some(({ text }) => text.startsWith('vanished'))
  const alsoIn = catalogue
    .itemsByImage(imageKey)
    .filter((other) => other.albumKey !== albumKey)
    .map((other) => labelOf(other.albumKey))
  const words = past === undefined ? [] : await itemWords(vault, past, { albumKey, imageKey, unread })
  const changes = await itemChanges(vault, { imageKey, album: label, isElsewhere: alsoIn.length > 0, unread })
  const own = lines.filter((line) => line.imageKey === imageKey && (line.album === undefined || line.album === label))
  const facts: ItemFact[] = [
    ...changes.filter((change) => !exceptions.some(({ run, text }) => run === change.run && text.startsWith('replaced'))),
    ...exceptions,
    ...words,
    ...own.map(({ at, from, to, why }) => ({ at: Date.parse(at), text: `put aside: ${why} (${from} → ${to})` })),
    ...(vanishedAt === undefined || isGoneNamed ? [] : [{ at: vanishedAt, text: 'no longer on SmugMug' }]),
  ]
  return {
    path,
    album: label,
    imageKey,
    state,
    ...(reason !== undefined && { reason }),
    ...(file !== undefined && { grade: file.grade, size: file.size, md5: file.md5, sha256: file.sha256 }),
    ...(file !== undefined && file.state !== 'held' && { file: file.state }),
    ...(vanishedAt !== undefined && { vanishedAt }),
    ...(vanishedAt !== undefined && state === 'held' && file === undefined && { aside: await asideOf(vault, own) }),
    alsoIn,
    facts: facts.toSorted((a, b) => a.at - b.at),
  }
}

/** Returns the last path to which an item's file was put aside; empty if it stands there no more. */
async function asideOf({ storage }: Vault, own: readonly AsideLine[]): Promise<string> {
  const to = own.at(-1)?.to ?? ''
  return to !== '' && (await storage.stat(to))?.kind === 'file' ? to : ''
}

/** Returns the exceptions of this item in the runs that are noted. */
function exceptionsOf(
  catalogue: Vault['catalogue'],
  { imageKey, album }: { readonly imageKey: string; readonly album: string },
): ItemFact[] {
  return catalogue.runs
    .mentioning(JSON.stringify(imageKey))
    .flatMap((row) =>
      (summaryOf(row)?.problems ?? [])
        .filter((problem) => problem.imageKey === imageKey && (problem.album === undefined || problem.album === album))
        .map((problem) => ({ at: row.startedAt, run: row.id, text: `${problem.kind}: ${problem.reason}` })),
    )
}
