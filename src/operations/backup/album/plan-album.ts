import { albumLabel } from '../../../events.ts'
import type { Item } from '../../../model.ts'
import type { Listing } from '../../../smugmug/account.ts'
import type { FileRow, ItemRow } from '../../../vault/catalogue/rows.ts'
import { inFolder } from '../../../vault/layout.ts'
import { assignNames, uniqueName } from '../../../vault/naming/assign.ts'
import { foldName, reservedNames } from '../../../vault/naming/safe-path.ts'
import { wantedName } from '../../../vault/naming/template.ts'
import { longestNameOf } from '../../../vault/storage/storage.ts'
import { isUnchanged } from '../../compare.ts'
import type { AlbumUnderWay } from '../run/album-under-way.ts'
import { albumRow, type Run } from '../run/run.ts'
import type { Placement } from './folders.ts'
import { planItem, type Task } from './plan.ts'
import { renameFiles, waitingForNames } from './rename.ts'

/** An album under way, and a task for each of its chosen items. */
export interface AlbumPlan {
  readonly album: AlbumUnderWay
  readonly tasks: readonly Task[]
}

/**
 * Names every item of a listing, renames files whose name has changed, notes departed items, and plans a task for each chosen item.
 */
export async function planAlbum(
  run: Run,
  placement: Placement,
  { listing, release }: { readonly listing: Listing; readonly release: () => void },
): Promise<AlbumPlan> {
  const { album: listed, row } = placement
  const { catalogue } = run.vault
  const rows = new Map(catalogue.items(row.key).map((item) => [item.imageKey, item]))
  const wanted = new Map(
    listing.items.map((item) => [item.imageKey, wantedName(run.settings.template, item, { extension: extensionOf(item) })]),
  )
  const held = catalogue.files(row.key)
  const others = namesOfOthers(placement, listing, { rows, files: held })
  const longest = await longestNameOf(run.vault.storage)
  const names = nameItems(listing, { rows, wanted, taken: others, longest })
  const chosen = new Set(listing.items.filter((item) => run.selection?.item(item) ?? true).map((item) => item.imageKey))
  const staying = namesThatStay(listing, { rows, files: held, chosen })
  stepAside(names, { wanted, chosen, staying, others, longest })
  const renamed = await renameFiles(run, row, new Map([...names].filter(([imageKey]) => chosen.has(imageKey))))
  const waiting = waitingForNames(names, renamed.stuck)
  for (const [imageKey, name] of renamed.stuck) {
    names.set(imageKey, name)
    // The wanted name stays the old one: the next run sees the change again.
    wanted.set(imageKey, rows.get(imageKey)?.wanted ?? name)
  }
  const files = new Map(catalogue.files(row.key).flatMap((file) => (file.component === '' ? [[file.imageKey, file] as const] : [])))
  const items = listing.items.filter((item) => chosen.has(item.imageKey))
  const tasks = items.map((item) => {
    const name = names.get(item.imageKey) ?? item.imageKey
    if (waiting.has(item.imageKey)) return { kind: 'leave', item, name, outcome: 'failed', reason: NAME_TAKEN } as const
    const task = planItem(item, name, files.get(item.imageKey))
    const from =
      renamed.from.get(item.imageKey) ?? (placement.movedFrom === undefined ? undefined : inFolder(placement.movedFrom, task.name))
    return task.kind === 'keep' ? { ...task, before: rows.get(item.imageKey), ...(from !== undefined && { from }) } : task
  })
  const counted = { ...listed, ...(listing.imageCount !== undefined && { imageCount: listing.imageCount }) }
  const album: AlbumUnderWay = {
    listed: counted,
    row: albumRow(counted, row.folder, undefined),
    label: albumLabel(listed),
    listing,
    itemCount: listing.items.length,
    wanted,
    taken: new Set([...others, ...staying, ...[...names.values()].map(foldName)]),
    open: tasks.length + 1,
    ...noteDeparted(run, rows, { placement, listing }),
    lateSidecars: [],
    release,
  }
  album.incomplete ||= !renamed.isWhole
  return { album, tasks }
}

const NAME_TAKEN = 'its name is still that of another photo, which could not be renamed'

/** Returns an item's extension. A video always arrives as MP4 (fact sheet 5.1), even if the listing does not say so yet. */
const extensionOf = (item: Item): string | undefined =>
  (item.availability.kind === 'ready' ? item.availability.source.extension : undefined) ?? (item.isVideo ? 'mp4' : undefined)

/** Returns the names, folded, that no listed item may have: our own files, other albums' folders, vanished items, companions (RAW). */
function namesOfOthers(
  { row, inside }: Placement,
  listing: Listing,
  facts: { readonly rows: ReadonlyMap<string, ItemRow>; readonly files: readonly FileRow[] },
): Set<string> {
  const listed = new Set(listing.items.map((item) => item.imageKey))
  const departed = [...facts.rows.values()].filter((item) => !listed.has(item.imageKey)).map((item) => foldName(item.name))
  // A stopped run may have renamed a file, and not have noted the item's new name.
  const files = facts.files.filter((file) => file.component !== '' || !listed.has(file.imageKey)).map((file) => foldName(file.name))
  return new Set([...reservedNames(row.folder === ''), ...inside, ...departed, ...files])
}

/**
 * Returns the names, folded, that listed items outside the selection have in the vault. Their files are not renamed in this run, so a chosen
 * item must not take such a name.
 */
function namesThatStay(
  listing: Listing,
  facts: {
    readonly rows: ReadonlyMap<string, ItemRow>
    readonly files: readonly FileRow[]
    readonly chosen: ReadonlySet<string>
  },
): ReadonlySet<string> {
  if (facts.chosen.size === listing.items.length) return new Set()
  const files = facts.files.filter((file) => !facts.chosen.has(file.imageKey))
  return new Set(files.flatMap(({ imageKey, name }) => [name, facts.rows.get(imageKey)?.name ?? name]).map(foldName))
}

/** Gives chosen items another name than one that stays, until the next run. */
function stepAside(
  names: Map<string, string>,
  facts: {
    readonly wanted: Map<string, string>
    readonly chosen: ReadonlySet<string>
    readonly staying: ReadonlySet<string>
    readonly others: ReadonlySet<string>
    readonly longest: number
  },
): void {
  const { wanted, chosen, staying, others, longest } = facts
  if (staying.size === 0) return
  const used = new Set([...others, ...staying, ...[...names.values()].map(foldName)])
  for (const [imageKey, name] of names) {
    if (!chosen.has(imageKey) || !staying.has(foldName(name))) continue
    const free = uniqueName({ wanted: wanted.get(imageKey) ?? name, imageKey, taken: (folded) => used.has(folded), longest })
    used.add(foldName(free))
    names.set(imageKey, free)
    // Not the name that it wants: the next run sees the difference, and gives it that name once it is free.
    wanted.set(imageKey, free)
  }
}

function nameItems(
  listing: Listing,
  facts: {
    readonly rows: ReadonlyMap<string, ItemRow>
    readonly wanted: ReadonlyMap<string, string>
    readonly taken: ReadonlySet<string>
    readonly longest: number
  },
): Map<string, string> {
  return assignNames({
    items: listing.items.map((item) => ({
      imageKey: item.imageKey,
      wanted: facts.wanted.get(item.imageKey) ?? item.imageKey,
      order: item.dateTimeUploaded ?? '',
    })),
    known: new Map(
      listing.items.flatMap(({ imageKey }) => (facts.rows.has(imageKey) ? [[imageKey, facts.rows.get(imageKey) as ItemRow] as const] : [])),
    ),
    taken: facts.taken,
    longest: facts.longest,
  })
}

/** Notes the rows that a complete listing lacks: they have departed, to another album or for good. */
function noteDeparted(
  run: Run,
  rows: ReadonlyMap<string, ItemRow>,
  { placement: { album, row }, listing }: { readonly placement: Placement; readonly listing: Listing },
): Pick<AlbumUnderWay, 'settlesLater' | 'incomplete'> {
  if (!listing.complete) {
    if (rows.size === 0 || !isUnchanged(row, album)) run.changes.unlist(album)
    return { settlesLater: false, incomplete: false }
  }
  const listed = new Set(listing.items.map((item) => item.imageKey))
  const departed = [...rows.values()].filter((row) => row.vanishedAt === undefined && !listed.has(row.imageKey))
  if (run.selection !== undefined) return { settlesLater: false, incomplete: departed.length > 0 }
  run.changes.depart(departed)
  return { settlesLater: departed.length > 0, incomplete: false }
}
