import { IntegrityError, RequestError } from '../../../errors.ts'
import type { Problem } from '../../../events.ts'
import type { Item, Source } from '../../../model.ts'
import type { Component } from '../../../smugmug/account.ts'
import type { Catalogue } from '../../../vault/catalogue/catalogue.ts'
import type { FileRow, StrayRow } from '../../../vault/catalogue/rows.ts'
import { inFolder, splitPath } from '../../../vault/layout.ts'
import { uniqueName } from '../../../vault/naming/assign.ts'
import { foldName, safeName } from '../../../vault/naming/safe-path.ts'
import { moveEntry, pruneFolders } from '../../../vault/storage/abilities.ts'
import { longestNameOf, StorageError } from '../../../vault/storage/storage.ts'
import { expectBytes, forgetExpected } from '../../expected-bytes.ts'
import { type Plain, plain, prefixed } from '../../plain.ts'
import { noteMovedInPass } from '../../proven.ts'
import type { Proof } from '../loader.ts'
import { type AlbumUnderWay, type Job, pathOf } from '../run/album-under-way.ts'
import { filePath, type Run } from '../run/run.ts'
import { ComponentOffer } from './component-offer.ts'
import { fromCopies } from './from-copies.ts'
import { firstStanding, heldFile, putOver, putReplacedAway, shareFile, stands, stillHeld, strayStands, takeStray } from './place.ts'
import { provenStrays } from './strays.ts'
import type { Way } from './ways.ts'

/** The note of the photos whose refused lists stopped the last runs. */
const REFUSED = 'raw.refused'

const NOT_OFFERED = 'it may have a RAW file beside it, which SmugMug does not offer'
const NOT_ASKED = 'may have a RAW file beside them: this run did not ask for it'

/** Is this a notice of photos whose list of files beside them SmugMug refuses, or was not asked for after that? */
export const isOfRefusedRaw = ({ kind, reason }: Problem): boolean =>
  kind === 'notice' && (reason === NOT_OFFERED || reason.endsWith(NOT_ASKED))

/** The beginning of the reason of a notice about a file beside a photo that SmugMug offers, and that is not held. */
export const NOT_FETCHED = 'a file beside it (RAW) could not be fetched'

/**
 * Fetches the files that SmugMug keeps beside a photo (RAW), if the listing hints at any and they are not held yet. A failure is
 * a notice in the report; the photo itself is held all the same.
 */
export async function fetchCompanions(run: Run, job: Job): Promise<void> {
  const { album, task } = job
  const { item } = task
  if (run.vault.mode !== 'write' || item.collected || !run.account.mayHaveComponents(item)) return
  const held = run.vault.catalogue.filesOf(album.row.key, item.imageKey).filter((file) => file.component !== '')
  if (held.length > 0 && held.every((file) => file.state === 'held' && file.serial === wholeAt(item))) return
  const notice = (why: Plain): void =>
    run.tally.problem({ kind: 'notice', album: album.label, name: task.name, imageKey: item.imageKey, ...why })
  const guarded = async <T>(step: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await step()
    } catch (error) {
      if (!(error instanceof RequestError || error instanceof IntegrityError || error instanceof StorageError) || run.signal.aborted)
        throw error
      notice(prefixed(NOT_FETCHED, plain(error)))
      if (!(error instanceof RequestError) || error.transient) album.incomplete = true
      return undefined
    }
  }
  const components = await guarded(() => run.components.ask(item.imageKey, () => run.account.components(item, run.signal)))
  if (components === 'refused') notice({ reason: NOT_OFFERED })
  if (components === undefined || typeof components === 'string') return
  let isWhole = true
  for (const component of components) {
    const old = held.find((file) => file.component === component.key)
    isWhole = (await guarded(() => fetchOne(run, job, { component, old }))) === true && isWhole
  }
  if (isWhole) noteWhole(run, item)
}

/** The serial of companions whose photo has all that SmugMug lists beside it; until then they have none, and the list is asked for again. */
const wholeAt = (item: Item): number => item.serial ?? 0

/** Notes that all the files beside a photo are held. */
function noteWhole({ vault: { catalogue } }: Run, item: Item): void {
  for (const file of catalogue.filesOf(item.albumKey, item.imageKey)) {
    if (file.component !== '' && file.serial !== wholeAt(item)) catalogue.putFile({ ...file, serial: wholeAt(item) })
  }
}

/**
 * Notes that the files beside a photo came before its present serial. Call it before the photo's row gets that. Without an MD5 nothing else
 * shows that they may be other ones now.
 */
export function noteChanged({ vault: { catalogue } }: Run, { albumKey, imageKey, serial }: Item): void {
  const before = catalogue.file(albumKey, imageKey)?.serial
  if (before === undefined || before === serial) return
  for (const file of catalogue.filesOf(albumKey, imageKey)) {
    if (file.component !== '' && file.serial === undefined) catalogue.putFile({ ...file, serial: before })
  }
}

/** Returns the memory of refused lists that the last run left. */
export const componentOffer = (catalogue: Catalogue): ComponentOffer =>
  new ComponentOffer((catalogue.meta(REFUSED) ?? '').split(' ').filter((key) => key !== ''))

/** Reports one notice for all photos that were not asked about, and notes with whom the next run does not begin. */
export function reportUnasked(run: Run): void {
  const { unasked, refused } = run.components
  const { catalogue } = run.vault
  const note = refused.length > 0 ? refused.join(' ') : undefined
  if (note !== catalogue.meta(REFUSED)) catalogue.setMeta(REFUSED, note)
  if (unasked === 0) return
  const reason = `${unasked} more ${unasked === 1 ? 'photo' : 'photos'} ${NOT_ASKED}`
  run.tally.problem({ kind: 'notice', reason })
}

/** Fetches one file beside a photo, unless it is held. Returns false if it is not to be had from here. */
async function fetchOne(run: Run, job: Job, what: { readonly component: Component; readonly old: FileRow | undefined }): Promise<boolean> {
  const { component, old } = what
  const { item } = job.task
  const { catalogue } = run.vault
  const { source } = component
  if (old?.state === 'held' && isSame(source, old)) return true
  const name = old?.name ?? nameFor(job, component, await longestNameOf(run.vault.storage))
  const path = pathOf(job.album, name)
  if (old !== undefined && old.md5 !== source.md5) expectBytes(catalogue, [{ file: old, source }])
  const bring = async (): Promise<Proof | undefined | 'choose again'> => {
    const [stray] = await provenStrays(run, source, path)
    const other = await otherWith(run, source)
    const sources = [stray?.path, other && filePath(run, other)].filter((each) => each !== undefined)
    return await run.holdings.withPaths([path, ...sources], async () => {
      const found = await fromVault(run, { path, stray, other })
      if (found === undefined && other !== undefined && hasMoved(run, other)) return 'choose again'
      return found ?? fetchTo(run, job, { component, path, old })
    })
  }
  let proof = await bring()
  while (proof === 'choose again') proof = await bring()
  if (proof === undefined) return false
  catalogue.putFile({ ...heldFile(item, { component: component.key, name, source, proof, grade: source.grade }), serial: undefined })
  if (old !== undefined) forgetExpected(catalogue, old)
  return true
}

/**
 * Is this the file that SmugMug has now? An MD5 proves it. Without one, a file that came since the photo changed has no serial, until all files
 * beside the photo are held.
 */
const isSame = ({ md5, size }: Source, old: FileRow): boolean =>
  md5 === undefined ? old.serial === undefined && (size ?? old.size) === old.size : md5 === old.md5

/** Did another task move a file, or replace it, since its row was read? */
function hasMoved({ vault: { catalogue } }: Run, { albumKey, imageKey, component, name, md5 }: FileRow): boolean {
  const now = catalogue.file(albumKey, imageKey, component)
  return now?.name !== name || now.md5 !== md5
}

/** Returns another item's file with these bytes. */
async function otherWith(run: Run, { md5 }: Source): Promise<FileRow | undefined> {
  if (md5 === undefined) return undefined
  const { catalogue } = run.vault
  await run.holdings.renamed(md5)
  const files = catalogue.filesByMd5(md5)
  const standing = await firstStanding(run, files)
  const away = files.filter(({ state }) => state === 'held').map((file) => filePath(run, file))
  if (standing !== undefined || away.length === 0) return standing
  // One may be on its way to another album: there it stands, with a row of its own, when that task lets go of its old path.
  return await run.holdings.withPaths(away, () => firstStanding(run, catalogue.filesByMd5(md5)))
}

/** Takes the bytes from the vault: from a stray, or from another item's file. Returns undefined when neither has them. */
async function fromVault(
  run: Run,
  { path, stray, other }: { readonly path: string; readonly stray: StrayRow | undefined; readonly other: FileRow | undefined },
): Promise<Proof | undefined> {
  const { storage } = run.vault
  const isFree = async (): Promise<boolean> => (await storage.stat(path)) === undefined
  if (stray !== undefined && (stray.path === path || (await isFree())) && (await strayStands(run, stray))) {
    await takeStray(run, stray, path)
    return { size: stray.size, md5: stray.md5 ?? '', sha256: stray.sha256 ?? '' }
  }
  if (other === undefined || !(await isFree()) || (await stillHeld(run, other)) === undefined) return undefined
  await shareFile(run, filePath(run, other), path)
  return other
}

const fetchTo = (
  run: Run,
  { album, task }: Job,
  { component, path, old }: { readonly component: Component; readonly path: string; readonly old: FileRow | undefined },
) =>
  putOver(
    run,
    {
      path,
      reason: { why: 'replaced on SmugMug', album: album.label, imageKey: task.item.imageKey },
      forget: run.settings.keepReplaced === 0,
    },
    async () =>
      (await fromCopies(run, { source: component.source, known: old?.md5 === component.source.md5 ? old : undefined, path })) ??
      run.load(component.source, path),
  )

/** Returns SmugMug's name for it, else the photo's name with its own extension; unique in the album's folder, and kept from then on. */
function nameFor({ album, task }: Job, component: Component, longest: number): string {
  const stem = task.name.replace(/\.[^.]+$/, '')
  const wanted = safeName(component.fileName || `${stem}.${component.extension ?? 'raw'}`, component.key)
  const name = uniqueName({ wanted, imageKey: task.item.imageKey, taken: (folded) => album.taken.has(folded), longest })
  album.taken.add(foldName(name))
  return name
}

/** Returns the paths that a move or copy of a file touches: a photo that moves takes the files beside it along. */
export function pathsOf(run: Run, { kind, from }: Extract<Way, { kind: 'move' | 'copy' }>): readonly string[] {
  const beside = kind === 'move' ? run.vault.catalogue.filesOf(from.albumKey, from.imageKey) : []
  return [from, ...beside].map((file) => filePath(run, file))
}

/** Brings an image's companions along when it moves to another album. The caller must hold their paths, while other tasks run. */
export async function moveCompanions(
  run: Run,
  from: Pick<FileRow, 'albumKey' | 'imageKey'>,
  to: Pick<AlbumUnderWay, 'taken'> & { readonly row: Pick<AlbumUnderWay['row'], 'key' | 'folder'> },
): Promise<void> {
  const { catalogue, storage } = run.vault
  const longest = await longestNameOf(storage)
  for (const file of catalogue.filesOf(from.albumKey, from.imageKey)) {
    noteMovedInPass(catalogue, file, to.row.key)
    if (file.component === '') continue
    const old = filePath(run, file)
    const there = catalogue.file(to.row.key, file.imageKey, file.component)
    if (there?.state === 'held' && (await stands(run, there))) {
      // It is there already: as a further name of the same bytes, or as others that have replaced them.
      if (there.md5 === file.md5) await storage.remove(old)
      else await putReplacedAway(run, old, file)
      catalogue.removeFile(file.albumKey, file.imageKey, file.component)
      continue
    }
    const isLost = there !== undefined && (await storage.stat(filePath(run, there))) === undefined
    const name = isLost
      ? there.name
      : uniqueName({ wanted: file.name, imageKey: file.imageKey, taken: (folded) => to.taken.has(folded), longest })
    // At once: another photo that moves there now may bring a file of the same name.
    to.taken.add(foldName(name))
    const path = inFolder(to.row.folder, name)
    if ((await storage.stat(old)) === undefined || (await storage.stat(path)) !== undefined) continue
    await moveEntry(storage, old, path)
    await pruneFolders(storage, splitPath(old).folder)
    catalogue.removeFile(file.albumKey, file.imageKey, file.component)
    catalogue.putFile({ ...file, albumKey: to.row.key, name })
  }
}
