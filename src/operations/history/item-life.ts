import * as v from 'valibot'
import { ConfigurationError } from '../../errors.ts'
import type { ItemRow } from '../../vault/catalogue/rows.ts'
import { inFolder, layout, splitPath } from '../../vault/layout.ts'
import { foldName } from '../../vault/naming/safe-path.ts'
import { DATE, parseJson, RecordError } from '../../vault/record/read-json.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import { linesOf } from '../lines.ts'
import { summaryOf } from '../read-report.ts'
import { itemChanges } from './item-changes.ts'
import type { ItemFact, ItemLife } from './past-run.ts'

/** Returns the lives of the items with this path, as it is in the vault or at SmugMug. Throws `ConfigurationError` if there is none. */
export async function livesOf(vault: Vault, path: string): Promise<readonly ItemLife[]> {
  const found = itemsAt(vault, path)
  if (found.length === 0) {
    throw new ConfigurationError(`There is no item ${JSON.stringify(path)} in the vault.`, {
      hint: 'Give the path of a photo or video, such as "Travel/Norway/IMG_1.jpg".',
    })
  }
  const lines = await journalLines(vault)
  const lives: ItemLife[] = []
  for (const item of found) lives.push(await lifeOf(vault, item, lines))
  return lives
}

const foldPath = (path: string): string => path.split('/').map(foldName).join('/')

/** Finds items by album and name. The name is the one in the vault or the one at SmugMug; capitals make no difference. */
function itemsAt({ catalogue, root }: Vault, path: string): readonly ItemRow[] {
  const inside = path.startsWith(`${root}/`) ? path.slice(root.length) : path
  const { folder, name } = splitPath(foldPath(inside.replace(/^(?:\.?\/)+/, '')))
  const albums = catalogue
    .albums()
    .filter((album) => [album.folder, album.urlPath.replace(/^\//, '')].some((place) => foldPath(place) === folder))
  return albums.flatMap(({ key }) =>
    catalogue.items(key).filter((item) => [item.name, item.fileName].some((each) => foldName(each) === name)),
  )
}

async function lifeOf(vault: Vault, item: ItemRow, lines: readonly JournalLine[]): Promise<ItemLife> {
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
  const changes = await itemChanges(vault, { imageKey, album: label, isElsewhere: alsoIn.length > 0 })
  const facts: ItemFact[] = [
    ...changes.filter((change) => !exceptions.some(({ run, text }) => run === change.run && text.startsWith('replaced'))),
    ...exceptions,
    ...lines
      .filter((line) => line.imageKey === imageKey && (line.album === undefined || line.album === label))
      .map(({ at, from, to, why }) => ({ at: Date.parse(at), text: `put aside: ${why} (${from} → ${to})` })),
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
    alsoIn,
    facts: facts.toSorted((a, b) => a.at - b.at),
  }
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

const LINE = v.object({
  at: DATE,
  from: v.string(),
  to: v.string(),
  why: v.string(),
  album: v.exactOptional(v.string()),
  imageKey: v.exactOptional(v.string()),
})

type JournalLine = v.InferOutput<typeof LINE>

/** Reads the lines about files of items that were put aside. Lines that cannot be read are passed over, and so is a journal that cannot. */
async function journalLines({ storage }: Vault): Promise<readonly JournalLine[]> {
  const found: JournalLine[] = []
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
  }
  return found
}
