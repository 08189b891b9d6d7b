import { parallel } from '../../../flow/parallel.ts'
import type { Item } from '../../../model.ts'
import { putAside } from '../../../vault/aside.ts'
import { EntryIndex } from '../../../vault/entry-index.ts'
import { inFolder } from '../../../vault/layout.ts'
import { foldName } from '../../../vault/naming/safe-path.ts'
import type { ItemRecord } from '../../../vault/record/album-record.ts'
import { recordedTime } from '../../../vault/record/recorded-time.ts'
import { sidecarName } from '../../../vault/record/sidecar-names.ts'
import { writeIfChanged } from '../../../vault/record/write-if-changed.ts'
import { renderXmp, xmpFacts } from '../../../vault/record/xmp.ts'
import { mergeXmp, sidecarImageKey } from '../../../vault/record/xmp-merge.ts'
import { isOneEntry, type Relocation, relocate } from '../../../vault/relocate.ts'
import { moveEntry } from '../../../vault/storage/abilities.ts'
import type { StorageError } from '../../../vault/storage/storage.ts'
import type { AlbumUnderWay } from '../run/album-under-way.ts'
import { ownTrouble, refused } from '../run/own-trouble.ts'
import { filePath, type Run } from '../run/run.ts'
import { bringHome, type Misplaced, orphansIn, readSidecar, sidecarAt } from './sidecar-homes.ts'

/** Small files wait for the disk, not for the processor. */
const AT_ONCE = 16

/**
 * Writes an XMP sidecar beside every held file of an album; words of a person or another program in it stay. A sidecar of ours beside the
 * wrong photo (a run was killed while photos changed names) is brought to its own before missing ones are written. If the disk refuses
 * one, the album is named in the report and listed again.
 */
export async function writeSidecars(run: Run, album: AlbumUnderWay, lines: readonly string[]): Promise<void> {
  if (!run.settings.sidecars.includes('xmp') || run.vault.mode !== 'write') return
  const { folder } = album.row
  const { storage } = run.vault
  const troubles: StorageError[] = []
  const own = <T>(step: () => Promise<T>): Promise<T | undefined> => ownTrouble(step, (error) => void troubles.push(error))
  const entries = (await own(() => storage.list(folder))) ?? []
  const index = new EntryIndex(entries)
  const expected = new Set<string>()
  const misplaced = new Map<string, Misplaced>()
  /** Lines of items whose sidecar is written after the misplaced ones are brought home. */
  const later: string[] = []
  await parallel(lines, { workers: AT_ONCE }, async (line) => {
    const item = heldItem(line)
    const standing = item && index.find(besideName(run, item))
    if (item !== undefined && standing === undefined) later.push(line)
    if (item === undefined || standing === undefined) return
    expected.add(standing.name)
    const ends = { from: inFolder(folder, standing.name), to: inFolder(folder, besideName(run, item)) }
    const imageKey = await own(async () => {
      await run.holdings.withSidecars(Object.values(ends), () => respell(run, ends))
      return writeSidecar(run, album, item)
    })
    if (imageKey === undefined) return
    const name = besideName(run, item)
    misplaced.set(name, { path: inFolder(folder, name), imageKey, besideAnother: true })
    later.push(line)
  })
  const orphans = (await own(() => orphansIn(storage, folder, { entries, expected }))) ?? []
  const away = [...misplaced.values(), ...orphans]
  if (away.length > 0) await own(() => bringHome(run, away, (error) => void troubles.push(error)))
  await parallel(later, { workers: AT_ONCE }, async (line) => {
    const item = heldItem(line)
    const imageKey = item && (await own(() => writeSidecar(run, album, item)))
    if (item === undefined || imageKey === undefined) return
    if (album.lateSidecars !== undefined && run.changes.hasDeparted({ albumKey: album.row.key, imageKey })) album.lateSidecars.push(line)
    else leftAsItIs(run, album, item)
  })
  const [first] = troubles
  if (first === undefined) return
  album.incomplete = true
  refused(run, { album: album.label }, 'sidecars could not be written')(first)
}

/** Gives a sidecar the capitals of its photo's name. */
async function respell({ vault }: Run, { from, to }: Relocation): Promise<void> {
  if (from.normalize('NFC') === to.normalize('NFC')) return
  // Another task may have moved it with its photo, since the folder was read.
  if ((await vault.storage.stat(from)) !== undefined) await moveEntry(vault.storage, from, to)
}

/** Returns the item of a record's line, if its file is held and it has not vanished. */
function heldItem(line: string): ItemRecord | undefined {
  const item = JSON.parse(line) as ItemRecord
  return item.state === 'held' && item.vanishedAt === undefined ? item : undefined
}

/** Returns the name of an item's sidecar, by the name of its file: it may differ from the item's while a replacement waits. */
const besideName = (run: Run, item: ItemRecord): string =>
  sidecarName(item.files.find((file) => file.component === undefined)?.name ?? item.name, run.settings.sidecarNames)

/** Writes one sidecar. Returns the image key of the photo that the standing one belongs to, if it is another. */
async function writeSidecar(run: Run, album: AlbumUnderWay, item: ItemRecord): Promise<string | undefined> {
  const path = inFolder(album.row.folder, besideName(run, item))
  const lone = run.loneSidecars.get(item.imageKey)
  return await run.holdings.withSidecars(lone === undefined ? [path] : [path, lone], () => writeAt(run, path, { album, item }))
}

async function writeAt(
  run: Run,
  path: string,
  { album, item }: { readonly album: AlbumUnderWay; readonly item: ItemRecord },
): Promise<string | undefined> {
  const { storage } = run.vault
  const ours = renderXmp(xmpFacts(album.row, item, recordedTime(item)))
  if ((await storage.stat(path)) === undefined && !(await takeLone(run, item, path))) {
    await writeIfChanged(storage, path, () => [ours])
    return undefined
  }
  const existing = await readSidecar(storage, path)
  const merged = existing === undefined ? undefined : mergeXmp(existing, ours)
  if (merged !== undefined) {
    await writeIfChanged(storage, path, () => [merged])
    return undefined
  }
  const imageKey = existing === undefined ? undefined : sidecarImageKey(existing)
  if (imageKey !== undefined && imageKey !== item.imageKey) return imageKey
  leftAsItIs(run, album, item)
  return undefined
}

/**
 * Takes a sidecar that a stopped run left elsewhere, before a new one is written: it may hold the words of a person. An album that collects the photo leaves
 * it for its home. Since it was noted, another photo's may have taken its place.
 */
async function takeLone(run: Run, { imageKey, collected }: ItemRecord, path: string): Promise<boolean> {
  const { storage, catalogue } = run.vault
  const lone = run.loneSidecars.get(imageKey)
  if (lone === undefined) return false
  if (collected && catalogue.itemsByImage(imageKey).some((row) => !row.collected && row.state === 'held' && row.vanishedAt === undefined))
    return false
  run.loneSidecars.delete(imageKey)
  const text = await readSidecar(storage, lone)
  if (text === undefined || sidecarImageKey(text) !== imageKey) return false
  await moveEntry(storage, lone, path)
  return true
}

function leftAsItIs(run: Run, album: AlbumUnderWay, item: ItemRecord): void {
  const name = besideName(run, item)
  const reason = 'its sidecar is left as it is: it is no XMP that can be merged, or belongs to another photo'
  run.tally.problem({ kind: 'notice', album: album.label, name: item.name, imageKey: item.imageKey, reason, detail: name })
}

/**
 * Moves sidecars along with their files, swaps included, also those of other programs. A sidecar does not move if another one keeps its
 * new path, or if it describes another photo that shares it. `note` gets the disk's refusals.
 */
export async function sidecarsFollow(
  run: Pick<Run, 'vault' | 'settings' | 'holdings' | 'loneSidecars'>,
  moves: readonly Relocation[],
  note: (error: StorageError) => void,
): Promise<void> {
  for (const style of stylesOf(run)) {
    const paths = moves.flatMap(({ from, to }) => [sidecarAt(from, style), sidecarAt(to, style)])
    await run.holdings.withSidecars(paths, () => follow(run, { moves, style }, note))
  }
}

async function follow(
  run: Pick<Run, 'vault' | 'settings' | 'loneSidecars'>,
  { moves, style }: { readonly moves: readonly Relocation[]; readonly style: Style },
  note: (error: StorageError) => void,
): Promise<void> {
  const { storage } = run.vault
  const going = new Map<string, string>()
  const goals = new Set<string>()
  const taken = new Set<string>()
  for (const move of moves) {
    const [from, to] = [sidecarAt(move.from, style), sidecarAt(move.to, style)]
    // With `replace` two photos may come from one sidecar, or go to one.
    if (from === to || going.has(from) || goals.has(foldName(to))) continue
    await ownTrouble(async () => {
      if ((await storage.stat(from)) === undefined || (await isOfAnother(run, move, { style, moves }))) return
      if ((await storage.stat(to)) !== undefined && !(await isOneEntry(storage, from, to))) taken.add(to)
      going.set(from, to)
      goals.add(foldName(to))
    }, note)
  }
  const isBlocked = ([, to]: readonly [string, string]): boolean => taken.has(to) && !going.has(to)
  // One that stays may keep the next one from its place.
  for (let blocked = [...going].filter(isBlocked); blocked.length > 0; blocked = [...going].filter(isBlocked))
    for (const [from] of blocked) {
      going.delete(from)
      await ownTrouble(() => noteLone(run, from), note)
    }
  const relocations = [...going].map(([from, to]) => ({ from, to }))
  await relocate(storage, relocations, { clear: async () => undefined, moved: () => undefined, failed: (_, error) => note(error) })
}

/** Notes a sidecar of ours that stays behind its photo: its place beside the photo may be free before the run ends. */
async function noteLone({ vault, settings, loneSidecars }: Pick<Run, 'vault' | 'settings' | 'loneSidecars'>, path: string): Promise<void> {
  if (!settings.sidecars.includes('xmp')) return
  const text = await readSidecar(vault.storage, path)
  const imageKey = text === undefined ? undefined : sidecarImageKey(text)
  if (imageKey !== undefined) loneSidecars.set(imageKey, path)
}

type Style = 'append' | 'replace'

const stylesOf = ({ settings }: Pick<Run, 'settings'>): ReadonlySet<Style> => new Set(['append', settings.sidecarNames] as const)

/** Does the sidecar of a file describe another photo, which shares it with `replace` and stays, or takes it along in one of these moves? */
async function isOfAnother(
  { vault }: Pick<Run, 'vault'>,
  file: Relocation,
  { style, moves }: { readonly style: Style; readonly moves: readonly Relocation[] },
): Promise<boolean> {
  if (style === 'append') return false
  const sidecar = sidecarAt(file.from, style)
  const text = await readSidecar(vault.storage, sidecar)
  const imageKey = text === undefined ? undefined : sidecarImageKey(text)
  if (imageKey === undefined) return false
  const owners = new Set(vault.catalogue.filesByImage(imageKey).map((each) => filePath({ vault }, each)))
  const isOwner = ({ from, to }: Relocation): boolean => owners.has(from) || owners.has(to)
  if (isOwner(file)) return false
  return [...owners, ...moves.filter(isOwner).map(({ from }) => from)].some((path) => sidecarAt(path, style) === sidecar)
}

/**
 * Copies a photo's sidecar to a further name of the photo, unless one stands there: if the photo has left the old one, the words of a person
 * have come along.
 */
export async function copySidecars(run: Pick<Run, 'vault' | 'settings' | 'holdings'>, file: Relocation): Promise<void> {
  const { storage } = run.vault
  if (!run.settings.sidecars.includes('xmp')) return
  for (const style of stylesOf(run)) {
    const [from, to] = [sidecarAt(file.from, style), sidecarAt(file.to, style)]
    await run.holdings.withSidecars([from, to], async () => {
      if ((await storage.stat(from)) === undefined || (await storage.stat(to)) !== undefined) return
      if (!(await isOfAnother(run, file, { style, moves: [] }))) await storage.copy(from, to)
    })
  }
}

/** Copies the sidecar of a photo that was replaced when it moved to another album. `path` is its new path. */
export async function copyReplacedSidecars(
  run: Pick<Run, 'vault' | 'settings' | 'holdings'>,
  { albumKey, imageKey }: Item,
  path: string,
): Promise<void> {
  if (!run.settings.sidecars.includes('xmp')) return
  const { catalogue } = run.vault
  const others = catalogue.filesByImage(imageKey).filter((file) => file.albumKey !== albumKey)
  const left = others.filter((file) => catalogue.item(file.albumKey, imageKey)?.collected === false)
  for (const file of left) await copySidecars(run, { from: filePath(run, file), to: path })
}

/** Puts the sidecar of a moved file into history, because another one stands at its new path. One that was noted waits for the end of the run. */
export async function removeSidecar(
  run: Pick<Run, 'vault' | 'settings' | 'clock' | 'holdings' | 'loneSidecars'>,
  file: Relocation,
): Promise<void> {
  const { storage } = run.vault
  const reason = { why: 'its photo moved, where another sidecar stands' }
  const noted = new Set(run.loneSidecars.values())
  for (const style of stylesOf(run)) {
    const path = sidecarAt(file.from, style)
    await run.holdings.withSidecars([path], async () => {
      if (noted.has(path) || (await storage.stat(path)) === undefined || (await isOfAnother(run, file, { style, moves: [] }))) return
      await putAside(storage, path, { place: 'history', now: run.clock.now(), reason })
    })
  }
}
