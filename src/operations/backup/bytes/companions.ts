import { IntegrityError, RequestError } from '../../../errors.ts'
import type { Item } from '../../../model.ts'
import type { Component } from '../../../smugmug/account.ts'
import { putAside } from '../../../vault/aside.ts'
import type { FileRow, StrayRow } from '../../../vault/catalogue/rows.ts'
import { inFolder, layout, splitPath } from '../../../vault/layout.ts'
import { uniqueName } from '../../../vault/naming/assign.ts'
import { foldName, safeName } from '../../../vault/naming/safe-path.ts'
import { StorageError } from '../../../vault/storage/storage.ts'
import type { Task } from '../album/plan.ts'
import type { Proof } from '../loader.ts'
import { type AlbumWork, filePath, pathOf, type Run } from '../run/run.ts'
import { provenStrays } from './strays.ts'

/** After so many photos in a row whose list of components is refused, nobody is asked again in this run (fact sheet 4.6). */
const REFUSALS = 3

/**
 * Fetches the files that SmugMug keeps beside a photo (RAW), where the listing hints at any and they are not held yet. Whatever goes wrong
 * here is a notice in the report; the photo itself is held all the same.
 */
export async function fetchCompanions(run: Run, work: AlbumWork, task: Task): Promise<void> {
  const { item } = task
  if (run.vault.mode !== 'write' || item.collected || !run.account.mayHaveComponents(item)) return
  const held = run.vault.catalogue.filesOf(work.row.key, item.imageKey).filter((file) => file.component !== '')
  if (held.length > 0 && held.every((file) => file.state === 'held' && file.serial === item.serial)) return
  const notice = (reason: string): void =>
    run.tally.problem({ kind: 'notice', album: work.label, name: task.name, imageKey: item.imageKey, reason })
  try {
    const components = await ask(run, item)
    if (components === 'refused') notice('it may have a RAW file beside it, which SmugMug does not offer')
    if (typeof components === 'string') return
    for (const component of components)
      await fetchOne(run, work, { task, component, old: held.find((file) => file.component === component.key) })
  } catch (error) {
    if (!(error instanceof RequestError || error instanceof IntegrityError || error instanceof StorageError) || run.signal.aborted)
      throw error
    notice(`a file beside it (RAW) could not be fetched: ${error.message}`)
    if (!(error instanceof RequestError) || error.transient) work.unjudged = true
  }
}

/** Asks for an item's components: one item at a time until one list has been told, so that nobody is asked after the third refusal in a row. */
async function ask(run: Run, item: Item): Promise<readonly Component[] | 'refused' | 'not asked'> {
  const { refusals } = run
  const askNow = async () => {
    if (refusals.components >= REFUSALS) {
      refusals.unasked += 1
      return 'not asked'
    }
    const components = await run.account.components(item, run.signal)
    refusals.components = components === undefined ? refusals.components + 1 : 0
    refusals.offered ||= components !== undefined
    return components ?? 'refused'
  }
  const inTurn = refusals.offered ? undefined : await run.paths.with(['components'], async () => (refusals.offered ? undefined : askNow()))
  return inTurn ?? askNow()
}

/** One word for all the photos that were not asked for any more. */
export function tellUnasked(run: Run): void {
  const { unasked } = run.refusals
  if (unasked === 0) return
  const reason = `${unasked} more ${unasked === 1 ? 'photo' : 'photos'} may have a RAW file beside them, which SmugMug does not offer`
  run.tally.problem({ kind: 'notice', reason })
}

async function fetchOne(
  run: Run,
  work: AlbumWork,
  what: { readonly task: Task; readonly component: Component; readonly old: FileRow | undefined },
): Promise<void> {
  const { task, component, old } = what
  const { catalogue, storage } = run.vault
  const { source } = component
  if (old?.state === 'held' && source.md5 !== undefined && source.md5 === old.md5) {
    catalogue.putFile({ ...old, serial: task.item.serial })
    return
  }
  const name = old?.name ?? nameFor(run, work, task, component)
  const path = pathOf(work, name)
  const [stray] = await provenStrays(run, source, path)
  if (stray !== undefined && (await adoptCompanion(run, stray, path))) {
    putCompanion({ size: stray.size, md5: stray.md5 ?? '', sha256: stray.sha256 ?? '' })
    return
  }
  const reason = { why: 'replaced on SmugMug', album: work.label, imageKey: task.item.imageKey }
  const aside = await putAside(storage, path, { place: 'history', now: run.clock.now(), reason, keep: true })
  const elsewhere = source.md5 === undefined ? undefined : await standing(run, source.md5)
  if (aside === undefined && elsewhere !== undefined) {
    await storage.link(filePath(run, elsewhere), path)
    const { albumKey, imageKey, serial } = task.item
    catalogue.putFile({ ...elsewhere, albumKey, imageKey, component: component.key, name, serial, state: 'held' })
    return
  }
  const proof = await run.load(source, path, {}).catch(async (error: unknown) => {
    if (aside !== undefined && !(error instanceof StorageError)) await storage.remove(aside)
    throw error
  })
  if (proof === undefined) return
  putCompanion(proof)

  function putCompanion({ size, md5, sha256, captured }: Proof): void {
    const { albumKey, imageKey, serial } = task.item
    catalogue.putFile({
      albumKey,
      imageKey,
      component: component.key,
      name,
      size,
      md5,
      sha256,
      grade: source.grade,
      serial,
      toldSize: source.size,
      toldMd5: source.md5,
      state: 'held',
      captured,
    })
  }
}

/** A file of nobody's with these bytes gets the name; one in history stays there, too. */
async function adoptCompanion(run: Run, stray: StrayRow, path: string): Promise<boolean> {
  const { catalogue, storage } = run.vault
  if (stray.path !== path) {
    if ((await storage.stat(path)) !== undefined) return false
    if (stray.path.startsWith(`${layout.history}/`)) await storage.link(stray.path, path)
    else await storage.move(stray.path, path)
  }
  if (!stray.path.startsWith(`${layout.history}/`)) catalogue.removeStray(stray.path)
  return true
}

/** A file with these bytes that really stands in the vault. */
async function standing(run: Run, md5: string): Promise<FileRow | undefined> {
  for (const file of run.vault.catalogue.filesByMd5(md5)) {
    if ((await run.vault.storage.stat(filePath(run, file)))?.size === file.size) return file
  }
  return undefined
}

/** The name SmugMug gives it, else the photo's with its own extension; unique in the album's folder, and kept from then on. */
function nameFor(_run: Run, work: AlbumWork, task: Task, component: Component): string {
  const stem = task.name.replace(/\.[^.]+$/, '')
  const wanted = safeName(component.fileName || `${stem}.${component.extension ?? 'raw'}`, component.key)
  const name = uniqueName(wanted, task.item.imageKey, (folded) => work.taken.has(folded))
  work.taken.add(foldName(name))
  return name
}

/** Brings an image's companions along when it moves to another album. */
export async function moveCompanions(
  run: Run,
  from: Pick<FileRow, 'albumKey' | 'imageKey'>,
  work: AlbumWork | { readonly row: { readonly key: string; readonly folder: string }; readonly taken: Set<string> },
): Promise<void> {
  const { catalogue, storage } = run.vault
  for (const file of catalogue.filesOf(from.albumKey, from.imageKey)) {
    if (file.component === '') continue
    const old = filePath(run, file)
    if (catalogue.file(work.row.key, file.imageKey, file.component)?.md5 === file.md5) {
      // It is there already, as a further name of the same bytes.
      await storage.remove(old)
      catalogue.removeFile(file.albumKey, file.imageKey, file.component)
      continue
    }
    const name = uniqueName(file.name, file.imageKey, (folded) => work.taken.has(folded))
    const path = inFolder(work.row.folder, name)
    if ((await storage.stat(old)) === undefined || (await storage.stat(path)) !== undefined) continue
    await storage.move(old, path)
    await storage.pruneFolders(splitPath(old).folder)
    work.taken.add(foldName(name))
    catalogue.removeFile(file.albumKey, file.imageKey, file.component)
    catalogue.putFile({ ...file, albumKey: work.row.key, name })
  }
}
