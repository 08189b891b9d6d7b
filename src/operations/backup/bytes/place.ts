import { DestinationError, RequestError } from '../../../errors.ts'
import type { Grade, Item, Source } from '../../../model.ts'
import { putAside } from '../../../vault/aside.ts'
import type { FileRow, StrayRow } from '../../../vault/catalogue/rows.ts'
import { inFolder, layout, splitPath } from '../../../vault/layout.ts'
import { foldName } from '../../../vault/naming/safe-path.ts'
import { clockOf } from '../../../vault/record/file-clock.ts'
import { StorageError } from '../../../vault/storage/storage.ts'
import { chooseWay, hasBytesOf, type Task, type Way } from '../album/plan.ts'
import type { Proof } from '../loader.ts'
import { type AlbumWork, filePath, pathOf, type Run } from '../run/run.ts'
import { sidecarFollows } from '../written/sidecars.ts'
import { moveCompanions } from './companions.ts'
import { conclude, leave, record } from './conclude.ts'
import { retime } from './retime.ts'
import { provenStrays } from './strays.ts'

/** A task whose bytes are not at its name yet. */
type Wanted = Extract<Task, { kind: 'obtain' | 'replace' }>

/** Brings an item's bytes to its name: asks for what the listing did not tell, and waits while another item fetches the same bytes. */
export async function obtain(run: Run, work: AlbumWork, task: Wanted): Promise<void> {
  const { item } = task
  const availability = item.availability.kind === 'unresolved' ? await run.account.resolve(item, run.signal) : item.availability
  if (availability.kind !== 'ready') return leave(run, work, task, availability.kind, availability.reason)
  const content = availability.source.md5 ?? `${item.imageKey}-${item.serial ?? ''}`
  for (let other = run.inFlight.get(content); other !== undefined; other = run.inFlight.get(content)) await other
  const { promise, resolve } = Promise.withResolvers<void>()
  run.inFlight.set(content, promise)
  try {
    await place(run, work, task, availability.source)
  } finally {
    run.inFlight.delete(content)
    resolve()
  }
}

/** Brings the source's bytes to the item's name, by the cheapest way there is. */
async function place(run: Run, work: AlbumWork, task: Wanted, source: Source): Promise<void> {
  const elsewhere = await standingElsewhere(run, task.item, source)
  if (task.item.collected && run.settings.collected === 'skip' && elsewhere.length > 0) {
    record(run, work, task, 'elsewhere')
    conclude(run, work, task, { kind: 'kept', reason: 'collected from another album, where it is held' })
    return
  }
  const strays = elsewhere.length > 0 ? [] : await provenStrays(run, source, pathOf(work, task.name))
  const hasLeft = (file: FileRow): boolean =>
    file.imageKey === task.item.imageKey && (run.departed.get(file.imageKey) ?? []).some((row) => row.albumKey === file.albumKey)
  const way = chooseWay({ elsewhere, strays, hasLeft })
  const used = way.kind === 'fetch' ? [] : [way.kind === 'adopt' ? way.from.path : filePath(run, way.from)]
  const done = await run.paths.with([pathOf(work, task.name), ...used].map(foldName), async () => {
    switch (way.kind) {
      case 'fetch':
        return fetchIt(run, work, task, source)
      case 'adopt':
        return (await stillStands(run, way.from)) && adopt(run, work, task, source, way.from)
      case 'move':
      case 'copy':
        return reuseIfThere(run, work, task, source, way)
    }
  })
  // Somebody else came to those bytes first: there is another way now.
  if (done === false) await place(run, work, task, source)
}

/** Between the choice and the turn, another item may have taken a stray, or put its own bytes over it. */
async function stillStands(run: Run, stray: StrayRow): Promise<boolean> {
  const standing = await run.vault.storage.stat(stray.path)
  const { catalogue } = run.vault
  // Sizes and times of two files may be equal: what was put there since has taken the stray's row away.
  const known = catalogue.stray(stray.path)?.md5 === stray.md5
  if (known && standing !== undefined && standing.size === stray.size && standing.mtime === stray.mtime) return true
  catalogue.removeStray(stray.path)
  return false
}

/** The other item may have been replaced or renamed since the choice. */
async function reuseIfThere(
  run: Run,
  work: AlbumWork,
  task: Wanted,
  source: Source,
  way: Extract<Way, { kind: 'move' | 'copy' }>,
): Promise<boolean> {
  const { albumKey, imageKey, component, md5 } = way.from
  const now = run.vault.catalogue.file(albumKey, imageKey, component)
  if (now === undefined || now.md5 !== md5 || now.state !== 'held') return false
  if ((await run.vault.storage.stat(filePath(run, now)))?.size !== now.size) return false
  await reuse(run, work, task, source, { ...way, from: now })
  return true
}

/** Files of other items with these bytes that really stand where the catalogue says. */
async function standingElsewhere(run: Run, item: Item, source: Source): Promise<readonly FileRow[]> {
  const { catalogue, storage } = run.vault
  const rows = source.md5 === undefined ? catalogue.filesByImage(item.imageKey) : catalogue.filesByMd5(source.md5)
  const standing: FileRow[] = []
  for (const row of rows) {
    if ((row.albumKey === item.albumKey && row.imageKey === item.imageKey) || !hasBytesOf(source, item, row)) continue
    if ((await storage.stat(filePath(run, row)))?.size === row.size) standing.push(row)
  }
  return standing
}

async function fetchIt(run: Run, work: AlbumWork, task: Wanted, source: Source): Promise<void> {
  const path = pathOf(work, task.name)
  const { storage } = run.vault
  const aside = await setAside(run, work, task, { keep: true })
  let used = source
  let proof: Proof | undefined
  try {
    proof = await run.load(source, path, {}).catch(async (error: unknown) => {
      const fresh = await relisted(run, task.item, source, error)
      if (fresh === undefined) throw error
      used = fresh
      return run.load(fresh, path, {})
    })
  } catch (error) {
    // What the line did not bring left the old file where it was; what the disk refused may have come after the replacement.
    const untouched = !(error instanceof StorageError || error instanceof DestinationError)
    if (aside !== undefined && untouched) await storage.remove(aside)
    throw error
  }
  if (aside !== undefined && (proof === undefined || (task.kind === 'replace' && run.settings.keepReplaced === 0)))
    await storage.remove(aside)
  if (proof === undefined) {
    work.unjudged = true
    return
  }
  const captured = run.settings.useMetadataTimes ? await retime(run, task.item, { path, captured: proof.captured }) : proof.captured
  stored(run, work, task, { source: used, proof: { ...proof, captured }, grade: used.grade })
  conclude(run, work, task, {
    kind: task.kind === 'replace' ? 'replaced' : run.loadedAs,
    grade: used.grade,
    size: proof.size,
    ...replacedReason(task),
  })
}

/** A URL may have gone stale since the listing (renames, replacements): asks once for the item anew (fact sheet 1.4). */
async function relisted(run: Run, item: Item, source: Source, error: unknown): Promise<Source | undefined> {
  if (!(error instanceof RequestError) || ![401, 403, 404, 410].includes(error.status ?? 0)) return undefined
  const fresh = await run.account.refresh(item, run.signal)
  return fresh?.availability.kind === 'ready' && fresh.availability.source.url !== source.url ? fresh.availability.source : undefined
}

async function adopt(run: Run, work: AlbumWork, task: Wanted, source: Source, stray: StrayRow): Promise<void> {
  const { storage, catalogue } = run.vault
  const path = pathOf(work, task.name)
  // On a case-blind disk the stray may be what stands under the name, in another spelling.
  const isThere =
    foldName(stray.path) === foldName(path) &&
    (await storage.list(splitPath(path).folder)).every((entry) => inFolder(splitPath(path).folder, entry.name) !== path)
  if (stray.path !== path) {
    if (!isThere) await makeWay(run, work, task)
    // History stays history: its bytes get a further name.
    if (stray.path.startsWith(`${layout.history}/`)) await storage.link(stray.path, path)
    else {
      await storage.move(stray.path, path)
      await storage.pruneFolders(splitPath(stray.path).folder)
    }
  }
  if (!stray.path.startsWith(`${layout.history}/`)) catalogue.removeStray(stray.path)
  const told = await clockOf(storage.read(path))
  const captured = run.settings.forceMetadataTimes ? await retime(run, task.item, { path, captured: told }) : told
  const proof = { size: stray.size, md5: stray.md5 ?? '', sha256: stray.sha256 ?? '', captured }
  stored(run, work, task, { source, proof, grade: source.grade })
  conclude(run, work, task, {
    kind: task.kind === 'replace' ? 'replaced' : 'adopted',
    from: stray.path,
    grade: source.grade,
    size: stray.size,
  })
}

async function reuse(run: Run, work: AlbumWork, task: Wanted, source: Source, way: Extract<Way, { kind: 'move' | 'copy' }>): Promise<void> {
  const { storage, catalogue } = run.vault
  const path = pathOf(work, task.name)
  const old = filePath(run, way.from)
  await makeWay(run, work, task)
  if (way.kind === 'move') {
    await storage.move(old, path)
    await sidecarFollows(run, old, path)
    await moveCompanions(run, way.from, work)
    catalogue.removeItem(way.from.albumKey, way.from.imageKey)
    await storage.pruneFolders(splitPath(old).folder)
  } else await storage.link(old, path, { copy: run.settings.collected === 'copy' })
  const may = way.kind === 'copy' && mayHaveLeft(run, task, way.from)
  stored(run, work, task, { source, proof: way.from, grade: way.from.grade })
  const tell = (kind: 'moved' | 'copied'): void =>
    conclude(run, work, task, { kind: task.kind === 'replace' ? 'replaced' : kind, from: old, grade: way.from.grade, size: way.from.size })
  if (may) run.maybeMoved.push({ from: way.from, tell })
  else tell(way.kind === 'move' ? 'moved' : 'copied')
}

/** An image has one home album: at home here and there, it has left there, or that album's listing will tell otherwise. */
function mayHaveLeft(run: Run, task: Wanted, from: FileRow): boolean {
  if (from.imageKey !== task.item.imageKey || task.item.collected || run.selection !== undefined) return false
  const row = run.vault.catalogue.item(from.albumKey, from.imageKey)
  return row !== undefined && !row.collected && !run.placed.has(from.imageKey)
}

/** The item's bytes stand under its name: bytes first, then the row. */
function stored(
  run: Run,
  work: AlbumWork,
  task: Wanted,
  facts: { readonly source: Source; readonly proof: Proof; readonly grade: Grade },
): void {
  const { source, proof, grade } = facts
  record(run, work, task, 'held')
  run.vault.catalogue.putFile({
    albumKey: task.item.albumKey,
    imageKey: task.item.imageKey,
    component: '',
    name: task.name,
    size: proof.size,
    md5: proof.md5,
    sha256: proof.sha256,
    grade,
    serial: task.item.serial,
    toldSize: source.size,
    toldMd5: source.md5,
    state: 'held',
    captured: proof.captured,
  })
  if (task.kind === 'obtain' && task.because === 'new' && run.vault.catalogue.itemsByImage(task.item.imageKey).length > 1)
    run.placed.add(task.item.imageKey)
}

/** Frees a name that is needed. */
async function makeWay(run: Run, work: AlbumWork, task: Wanted): Promise<void> {
  if (task.kind === 'replace' && run.settings.keepReplaced === 0) await run.vault.storage.remove(pathOf(work, task.name))
  else await setAside(run, work, task)
}

/** Puts what stands under the item's name into history; another item may find its bytes there. */
async function setAside(run: Run, work: AlbumWork, task: Wanted, options: { readonly keep?: boolean } = {}): Promise<string | undefined> {
  const { storage, catalogue } = run.vault
  const path = pathOf(work, task.name)
  const why =
    task.kind === 'replace'
      ? 'replaced on SmugMug'
      : task.because === 'damaged'
        ? 'no longer what was stored: another size, or bytes that failed verification'
        : 'not what SmugMug has under this name'
  const reason = { why, album: work.label, imageKey: task.item.imageKey }
  const to = await putAside(storage, path, { place: 'history', now: run.clock.now(), reason, ...options })
  if (to === undefined) return undefined
  catalogue.removeStray(path)
  const standing = await storage.stat(to)
  if (standing !== undefined) catalogue.seeStray({ path: to, size: standing.size, mtime: standing.mtime }, run.startedAt)
  return to
}

const replacedReason = (task: Wanted): { readonly reason?: string } => (task.kind === 'replace' ? { reason: 'replaced on SmugMug' } : {})
