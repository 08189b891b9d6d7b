import { RequestError } from '../../../errors.ts'
import type { Item, Source } from '../../../model.ts'
import type { FileRow, StrayRow } from '../../../vault/catalogue/rows.ts'
import { inFolder, splitPath } from '../../../vault/layout.ts'
import { foldName } from '../../../vault/naming/safe-path.ts'
import { clockOf } from '../../../vault/record/file-clock.ts'
import { moveEntry } from '../../../vault/storage/abilities.ts'
import { StorageError, UNREADABLE } from '../../../vault/storage/storage.ts'
import { expectBytes, forgetExpected } from '../../expected-bytes.ts'
import type { Task } from '../album/plan.ts'
import type { Proof } from '../loader.ts'
import { type Job, pathOf } from '../run/album-under-way.ts'
import { ownTrouble, pruneQuietly, refused } from '../run/own-trouble.ts'
import { filePath, type Run } from '../run/run.ts'
import { copyReplacedSidecars, copySidecars, sidecarsFollow } from '../written/sidecars.ts'
import { retime } from './camera-time.ts'
import { moveCompanions, noteChanged, pathsOf } from './companions.ts'
import { conclude, leave, noteState } from './conclude.ts'
import { fromCopies } from './from-copies.ts'
import { setOldVersionAside } from './old-version.ts'
import { heldFile, putInstead, putOver, shareFile, stands, stillHeld, strayStands, takeStray } from './place.ts'
import { provenStrays, strayNearby } from './strays.ts'
import { noteTooLarge, refuseTooLarge } from './too-large.ts'
import { chooseWay, hasBytesOf, type Way } from './ways.ts'

/** A job whose bytes are not at its name yet. */
interface WantedJob extends Job {
  readonly task: Extract<Task, { kind: 'obtain' | 'replace' }>
}

/** Brings an item's bytes to its name. Asks where the bytes are if the listing does not say. */
export async function obtain(run: Run, job: WantedJob): Promise<void> {
  const { item } = job.task
  const availability = item.availability.kind === 'unresolved' ? await run.account.resolve(item, run.signal) : item.availability
  if (availability.kind !== 'ready') return leave(run, job, availability)
  const { source } = availability
  await setOldVersionAside(run, job, source)
  if (item.availability.kind === 'unresolved' || job.task.kind === 'obtain') expect(run, job, source)
  await run.holdings.withContent(source.md5 ?? `${item.imageKey}-${item.serial ?? ''}`, async () => {
    // Another task may use the bytes between the choice of a way and the turn for its paths: then choose again.
    while (!(await tryWay(run, job, source)));
  })
  if (item.collected || job.task.kind === 'replace' || job.task.because !== 'new') return
  const path = pathOf(job.album, job.task.name)
  await ownTrouble(() => copyReplacedSidecars(run, item, path), sidecarTrouble(run, job))
}

const sidecarTrouble =
  (run: Run, { album, task }: Job) =>
  (error: StorageError): void => {
    album.incomplete = true
    refused(run, { album: album.label, name: task.name }, 'its sidecar could not be moved with it')(error)
  }

/** Brings the source's bytes to the item's name by the cheapest way. Returns false if those bytes are no longer where they were. */
async function tryWay(run: Run, job: WantedJob, source: Source): Promise<boolean> {
  const { item, name } = job.task
  const path = pathOf(job.album, name)
  const elsewhere = await standingElsewhere(run, item, source)
  if (item.collected && run.settings.collected === 'skip' && elsewhere.length > 0) {
    noteState(run, job, { state: 'elsewhere' })
    conclude(run, job, { kind: 'kept', reason: 'collected from another album, where it is held' })
    return true
  }
  const strays = await (elsewhere.length > 0 ? strayNearby : provenStrays)(run, source, path)
  // Which of a new home and an album that collects it comes first, is chance: only the home takes the file.
  const hasLeft = (file: FileRow): boolean => !item.collected && file.imageKey === item.imageKey && run.changes.hasDeparted(file)
  const way = chooseWay({ elsewhere, strays, hasLeft })
  switch (way.kind) {
    case 'fetch':
      await run.holdings.withPaths([path], () => fetchTo(run, job, { source, path }))
      return true
    case 'adopt':
      return run.holdings.withPaths([path, way.from.path], () => adopt(run, job, { source, path, stray: way.from }))
    case 'move':
    case 'copy':
      return run.holdings.withPaths([path, ...pathsOf(run, way)], () => reuse(run, job, { source, path, way }))
  }
}

/** Returns the files of other items with these bytes that really stand where the catalogue says. */
async function standingElsewhere(run: Run, item: Item, source: Source): Promise<readonly FileRow[]> {
  const { catalogue } = run.vault
  const { holdings } = run
  const content = source.md5 ?? item.imageKey
  await holdings.renamed(content)
  // If SmugMug offers less than the original here, another album may hold that.
  const own = source.md5 === undefined || source.grade !== 'original' ? catalogue.filesByImage(item.imageKey) : []
  const rows = [...own, ...(source.md5 === undefined ? [] : catalogue.filesByMd5(source.md5))]
  const standing: FileRow[] = []
  for (const row of rows) {
    const isItself = row.albumKey === item.albumKey && row.imageKey === item.imageKey
    if (isItself || !hasBytesOf(source, item, row)) continue
    if (await stands(run, row)) standing.push(row)
    else {
      // It may have got another name since the rows were read.
      await holdings.renamed(content)
      const now = catalogue.file(row.albumKey, row.imageKey, row.component)
      if (now?.md5 === row.md5 && now.name !== row.name && (await stillHeld(run, now)) !== undefined) standing.push(now)
    }
  }
  return standing.length < 2 ? standing : standing.toSorted((a, b) => Number(mayHaveLeft(run, item, b)) - Number(mayHaveLeft(run, item, a)))
}

async function fetchTo(run: Run, job: WantedJob, to: { readonly source: Source; readonly path: string }): Promise<void> {
  const { task } = job
  let { source } = to
  const known = sameAsBefore(run, task.item, source)
  await refuseTooLarge(run, to.path, source.size)
  const load = async (): Promise<(Proof & { readonly copy?: string }) | undefined> => {
    const taken = await fromCopies(run, { source, known, path: to.path })
    if (taken !== undefined) return taken
    try {
      return await run.load(source, to.path)
    } catch (error) {
      noteTooLarge(run, error, source.size)
      const fresh = await relisted(run, task.item, { source, error })
      if (fresh === undefined) throw error
      source = fresh
      expect(run, job, source)
      return run.load(source, to.path)
    }
  }
  const proof = await putOver(run, instead(run, job, to.path), load)
  if (proof === undefined) {
    job.album.incomplete = true
    run.tally.notFound += 1
    return
  }
  const { copy } = proof
  const captured = run.settings.useMetadataTimes
    ? await retime(run, task.item, { path: to.path, captured: proof.captured })
    : proof.captured
  const { grade } = (copy === undefined ? undefined : known) ?? source
  stored(run, job, { source, proof: { ...proof, captured }, grade })
  conclude(run, job, {
    kind: task.kind === 'replace' ? 'replaced' : copy === undefined ? run.loadedAs : 'adopted',
    grade,
    size: proof.size,
    ...(task.kind === 'obtain' && task.because !== 'new' && { reason: `its file was ${task.because} in the vault` }),
    ...(copy !== undefined && { reason: `from the copy ${copy}` }),
    ...(task.kind === 'replace' && { reason: 'replaced on SmugMug' }),
  })
}

/** Returns the row of the item's own file if it had the bytes that are wanted: they are proven to the last bit by its SHA-256. */
function sameAsBefore({ vault: { catalogue } }: Run, item: Item, source: Source): FileRow | undefined {
  const row = catalogue.file(item.albumKey, item.imageKey)
  return row !== undefined && hasBytesOf(source, item, row) ? row : undefined
}

/** Notes the bytes that a known file gets instead of its own, for the case that this run is killed before its row says so. */
function expect({ vault: { catalogue } }: Run, { task }: WantedJob, source: Source): void {
  const { item } = task
  const old = task.kind === 'replace' ? task.old : catalogue.file(item.albumKey, item.imageKey)
  if (old !== undefined && (task.kind === 'replace' || old.md5 !== source.md5)) expectBytes(catalogue, [{ file: old, source }])
}

/** Asks for the item again, once: its URL may have gone stale since the listing, after a rename or replacement (fact sheet 1.4). */
async function relisted(
  run: Run,
  item: Item,
  { source, error }: { readonly source: Source; readonly error: unknown },
): Promise<Source | undefined> {
  if (!(error instanceof RequestError) || ![401, 403, 404, 410].includes(error.status ?? 0)) return undefined
  const fresh = await run.account.refresh(item, run.signal)
  return fresh?.availability.kind === 'ready' && fresh.availability.source.url !== source.url ? fresh.availability.source : undefined
}

/** Takes a stray's bytes. Returns false if the stray is no longer there. */
async function adopt(
  run: Run,
  job: WantedJob,
  { source, path, stray }: { readonly source: Source; readonly path: string; readonly stray: StrayRow },
): Promise<boolean> {
  if (!(await strayStands(run, stray))) return false
  const { task } = job
  const ownClock = await clockIn(run, stray.path)
  const take = (): Promise<void> => takeStray(run, stray, path)
  if (stray.path === path || (await isSpelling(run, stray.path, path))) await take()
  else await putInstead(run, instead(run, job, path), take)
  const captured = run.settings.forceMetadataTimes ? await retime(run, task.item, { path, captured: ownClock }) : ownClock
  const proof = { size: stray.size, md5: stray.md5 ?? '', sha256: stray.sha256 ?? '', captured }
  stored(run, job, { source, proof, grade: source.grade })
  const kind = task.kind === 'replace' ? 'replaced' : 'adopted'
  conclude(run, job, { kind, from: stray.path, grade: source.grade, size: stray.size })
  return true
}

/** Reads the camera's clock of a file. A sealed file that no private key opens keeps its secret. */
async function clockIn({ vault: { storage } }: Run, path: string): Promise<string | undefined> {
  try {
    return await clockOf(storage.read(path))
  } catch (error) {
    if (error instanceof StorageError && error.code === UNREADABLE) return undefined
    throw error
  }
}

/** Is a stray the very file that stands at a path, in another spelling, on a disk that is blind to case? */
async function isSpelling(run: Run, stray: string, path: string): Promise<boolean> {
  if (foldName(stray) !== foldName(path)) return false
  const { folder } = splitPath(path)
  return (await run.vault.storage.list(folder)).every((entry) => inFolder(folder, entry.name) !== path)
}

/** Moves or copies another item's file. Returns false if that was replaced or renamed since the choice. */
async function reuse(
  run: Run,
  job: WantedJob,
  { source, path, way }: { readonly source: Source; readonly path: string; readonly way: Extract<Way, { kind: 'move' | 'copy' }> },
): Promise<boolean> {
  const { storage, catalogue } = run.vault
  const { task } = job
  const from = await stillHeld(run, way.from)
  if (from === undefined) return false
  const old = filePath(run, from)
  await putInstead(run, instead(run, job, path), async () => {
    if (way.kind === 'move') {
      // Before the photo: after a crash it must not lie beside another photo that gets the old name.
      await sidecarsFollow(run, [{ from: old, to: path }], sidecarTrouble(run, job))
      await moveEntry(storage, old, path)
    } else {
      // It may have left the other album, whose own sidecar goes then.
      if (from.imageKey === task.item.imageKey && !task.item.collected)
        await ownTrouble(() => copySidecars(run, { from: old, to: path }), sidecarTrouble(run, job))
      await shareFile(run, old, path)
    }
  })
  if (way.kind === 'move') {
    // The photo stands at its new name, whatever becomes of the files beside it: what is refused stays with the old item, for the settling.
    const isAlone = await ownTrouble(
      async () => {
        await moveCompanions(run, from, job.album)
        return true
      },
      () => undefined,
    )
    if (isAlone) catalogue.removeItem(from.albumKey, from.imageKey)
    else catalogue.removeFile(from.albumKey, from.imageKey, from.component)
    await pruneQuietly(run, splitPath(old).folder)
  }
  const undecided = way.kind === 'copy' && mayHaveLeft(run, task.item, from)
  stored(run, job, { source, proof: from, grade: from.grade })
  const concludeAs = (kind: 'moved' | 'copied'): void =>
    conclude(run, job, { kind: task.kind === 'replace' ? 'replaced' : kind, from: old, grade: from.grade, size: from.size })
  if (undecided) run.changes.maybeMoved.push({ from, conclude: concludeAs })
  else concludeAs(way.kind === 'move' ? 'moved' : 'copied')
  return true
}

/** May the image have left the other file's album? An image has one home album: if it is at home here, it has left there, unless that album's listing disagrees. */
function mayHaveLeft(run: Run, item: Item, from: FileRow): boolean {
  if (from.imageKey !== item.imageKey || item.collected || run.selection !== undefined) return false
  const row = run.vault.catalogue.item(from.albumKey, from.imageKey)
  return row !== undefined && !row.collected && !run.changes.hasArrived(from.imageKey)
}

/** Notes that the item's bytes stand under its name: bytes first, then the row. */
function stored(
  run: Run,
  job: WantedJob,
  file: { readonly source: Source; readonly proof: Proof; readonly grade: FileRow['grade'] },
): void {
  const { catalogue } = run.vault
  const { task } = job
  noteState(run, job, { state: 'held' })
  const isNew = task.kind === 'obtain' && task.because === 'new'
  if (!isNew) noteChanged(run, task.item)
  const row = heldFile(task.item, { component: '', name: task.name, ...file })
  catalogue.putFile(row)
  if (!isNew) forgetExpected(catalogue, row)
  if (isNew && !task.item.collected && catalogue.itemsByImage(task.item.imageKey).length > 1) run.changes.arrive(task.item.imageKey)
}

/** Returns the path that the item needs, and the fate of a file that stands there. */
const instead = (run: Run, job: WantedJob, path: string): Parameters<typeof putInstead>[1] => ({
  path,
  reason: reasonFor(job),
  forget: forgets(run, job.task),
})

/** Do the settings keep nothing of what is replaced? */
const forgets = (run: Run, task: Task): boolean => task.kind === 'replace' && run.settings.keepReplaced === 0

/** Returns the reason why the file under the item's name is put aside. */
function reasonFor({ album, task }: WantedJob): { readonly why: string; readonly album: string; readonly imageKey: string } {
  const why =
    task.kind === 'replace'
      ? 'replaced on SmugMug'
      : task.because === 'damaged'
        ? 'no longer what was stored: another size, or bytes that failed verification'
        : 'not what SmugMug has under this name'
  return { why, album: album.label, imageKey: task.item.imageKey }
}
