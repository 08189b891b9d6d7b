import { putAside } from '../../../vault/aside.ts'
import { inFolder, splitPath } from '../../../vault/layout.ts'
import { foldName } from '../../../vault/naming/safe-path.ts'
import { loneSidecars, sidecarName } from '../../../vault/record/sidecar-names.ts'
import { sidecarImageKey, sidecarText } from '../../../vault/record/xmp-merge.ts'
import { type Relocation, relocate } from '../../../vault/relocate.ts'
import { type Entry, type Storage, StorageError, UNREADABLE } from '../../../vault/storage/storage.ts'
import type { Survey } from '../../survey.ts'
import { ownTrouble, pruneQuietly } from '../run/own-trouble.ts'
import { filePath, type Run } from '../run/run.ts'

/** A sidecar of ours that does not lie beside its photo. */
export interface Misplaced {
  readonly path: string
  /** The image key in the sidecar. */
  readonly imageKey: string
  /** True if it lies beside another photo; else it lies beside none. */
  readonly besideAnother: boolean
}

/** Returns the text of a sidecar; undefined if it is no text, or gone: another task may have moved it with its photo since the folder was read. */
export async function readSidecar(storage: Storage, path: string): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of storage.read(path)) chunks.push(chunk)
  } catch (error) {
    if (error instanceof StorageError && (error.code === UNREADABLE || error.code === 'ENOENT')) return undefined
    throw error
  }
  return sidecarText(Buffer.concat(chunks))
}

/** Returns our sidecars in a folder that lie beside no file. `expected` are the names of those that lie beside one. */
export async function orphansIn(
  storage: Storage,
  folder: string,
  { entries, expected }: { readonly entries: readonly Entry[]; readonly expected?: ReadonlySet<string> },
): Promise<readonly Misplaced[]> {
  const found: Misplaced[] = []
  for (const name of loneSidecars(entries)) {
    if (expected?.has(name)) continue
    const path = inFolder(folder, name)
    const text = await readSidecar(storage, path)
    const imageKey = text === undefined ? undefined : sidecarImageKey(text)
    if (imageKey !== undefined) found.push({ path, imageKey, besideAnother: false })
  }
  return found
}

/**
 * Brings misplaced sidecars to their photos. A sidecar goes into history if its photo has another one or is in the trash, or if its photo is
 * not held and it lies beside another: the words of one photo never stay beside another photo. Returns the paths of sidecars that stay,
 * because they lie beside no photo and the catalogue does not know theirs.
 */
export async function bringHome(
  run: Run,
  misplaced: readonly Misplaced[],
  note: (error: StorageError) => void,
): Promise<ReadonlySet<string>> {
  const homes = misplaced.map(({ path, imageKey }) => homeOf(run, imageKey, splitPath(path).folder))
  const paths = [...misplaced.map(({ path }) => path), ...homes.filter((home) => home !== undefined)]
  return await run.holdings.withSidecars(paths, () => bringEach(run, misplaced, note))
}

async function bringEach(run: Run, misplaced: readonly Misplaced[], note: (error: StorageError) => void): Promise<ReadonlySet<string>> {
  const { storage } = run.vault
  const homes = new Map<string, string>()
  const goesToHistory: string[] = []
  const left = new Set(misplaced.filter((each) => stays(run, each)).map(({ path }) => path))
  const away = misplaced.filter(({ path }) => !left.has(path))
  const leaving = new Set(away.map(({ path }) => foldName(path)))
  for (const { path, imageKey } of away) {
    const home = homeOf(run, imageKey, splitPath(path).folder)
    if (home !== undefined && !homes.has(foldName(home)) && (leaving.has(foldName(home)) || (await storage.stat(home)) === undefined))
      homes.set(foldName(home), path)
    else goesToHistory.push(path)
  }
  const reason = { why: 'lay elsewhere than beside its photo, which has a sidecar already or is not held' }
  const aside = async (path: string) => void (await putAside(storage, path, { place: 'history', now: run.clock.now(), reason }))
  for (const path of goesToHistory) await aside(path)
  const moves = [...homes.values()].map((from) => {
    const { imageKey = '' } = misplaced.find(({ path }) => path === from) ?? {}
    return { from, to: homeOf(run, imageKey, splitPath(from).folder) ?? from }
  })
  // Another album's own sidecar may have been written there in the meantime.
  const late: string[] = []
  const failed = ({ from }: Relocation, error: StorageError): void => void (error.code === 'EEXIST' ? late.push(from) : note(error))
  await relocate(storage, moves, { clear: async () => undefined, moved: () => undefined, failed })
  for (const path of late) await aside(path)
  return left
}

/** Does a sidecar stay where it is: at home, or beside no photo while nothing better is known? */
function stays(run: Run, { path, imageKey, besideAnother }: Misplaced): boolean {
  const home = homeOf(run, imageKey, splitPath(path).folder)
  if (home !== undefined && home.normalize('NFC') === path.normalize('NFC')) return true
  if (besideAnother) return false
  const items = run.vault.catalogue.itemsByImage(imageKey)
  return items.length === 0 || (home === undefined && items.some((item) => item.vanishedAt === undefined))
}

/** Finds the sidecars of ours that lie beside no file. One that cannot be read is left for the end of the run. */
export async function findLoneSidecars(run: Run, survey: Survey): Promise<void> {
  const { settings, vault, loneSidecars } = run
  if (!settings.sidecars.includes('xmp') || vault.mode !== 'write') return
  for (const folder of foldersOf(run, survey.loneSidecars)) {
    const find = async () => orphansIn(vault.storage, folder, { entries: await vault.storage.list(folder) })
    for (const { imageKey, path } of (await ownTrouble(find, () => undefined)) ?? []) loneSidecars.set(imageKey, path)
  }
}

/** Returns the folders where sidecars lay beside no file, as they are called now: an album's may have moved since the survey. */
export const foldersOf = ({ vault }: Pick<Run, 'vault'>, found: Survey['loneSidecars']): readonly string[] =>
  found.map(({ folder, albumKey }) => (albumKey === undefined ? undefined : vault.catalogue.album(albumKey)?.folder) ?? folder)

/** Brings sidecars that lie beside no file to their photos: a run was stopped between moving the two. */
export async function gatherSidecars(run: Run, folder: string, note: (error: StorageError) => void): Promise<void> {
  const { storage } = run.vault
  if (run.settings.sidecars.includes('xmp'))
    await bringHome(run, await orphansIn(storage, folder, { entries: await storage.list(folder) }), note)
  await pruneQuietly(run, folder)
}

/** Returns the right path for an image's sidecar: beside its file in this folder, else beside any; undefined if none is held. */
function homeOf(run: Run, imageKey: string, folder: string): string | undefined {
  const paths = run.vault.catalogue.filesByImage(imageKey).map((file) => filePath(run, file))
  const path = paths.find((each) => splitPath(each).folder === folder) ?? paths[0]
  return path && sidecarAt(path, run.settings.sidecarNames)
}

/** Returns the path of a file's sidecar. */
export const sidecarAt = (path: string, style: 'append' | 'replace'): string =>
  inFolder(splitPath(path).folder, sidecarName(splitPath(path).name, style))
