/** Plans a copy: the files that it lacks, has too much, or has elsewhere. Pure, album by album, from the rows of the two catalogues. */
import type { FileRow } from '../../vault/catalogue/rows.ts'
import { inFolder } from '../../vault/layout.ts'

/** The files of an album in one of the two vaults. */
export interface AlbumFiles {
  readonly folder: string
  readonly files: readonly FileRow[]
}

/** A file as the first vault proved it, and its path there, which is its path in the copy. */
export interface WantedFile {
  readonly file: FileRow
  readonly path: string
  /** The copy's own row of it, if it has one. */
  readonly old?: FileRow
}

/** A file that stands in the copy under another path than it should. */
export interface MovedFile extends WantedFile {
  readonly from: string
}

/** The plan for one album. */
export interface AlbumPlan {
  /** Right as they stand. */
  readonly kept: readonly WantedFile[]
  readonly moved: readonly MovedFile[]
  /** Not in the copy, or missing or damaged there. */
  readonly lacking: readonly WantedFile[]
  /** Other bytes than those in the copy. */
  readonly replaced: readonly WantedFile[]
  /** Neither the first vault nor the copy has them. */
  readonly nowhere: readonly WantedFile[]
  /** Held by the copy, and unknown to the first vault. */
  readonly departed: readonly FileRow[]
  /** Rows of the copy without bytes, unknown to the first vault. */
  readonly forgotten: readonly FileRow[]
  /** The paths of rows without bytes, where their album has another folder now: a killed run may have brought the bytes. */
  readonly doubtful: readonly { readonly from: string; readonly path: string }[]
}

/** Are these the same bytes? Rows of old may lack a SHA-256: then MD5 and size decide. */
export const sameBytes = (a: FileRow, b: FileRow): boolean =>
  a.size === b.size && a.md5 === b.md5 && (a.sha256 === '' || b.sha256 === '' || a.sha256 === b.sha256)

const keyOf = ({ imageKey, component }: FileRow): string => `${imageKey} ${component}`

/**
 * Plans one album. Only files that the first vault holds are wanted: one that is missing or damaged there stays in the copy as it is, because
 * the loss of the first vault must not become the loss of the copy.
 */
export function planAlbum(first: AlbumFiles, copy: AlbumFiles): AlbumPlan {
  const known = new Map(copy.files.map((file) => [keyOf(file), file]))
  const plan = {
    kept: [] as WantedFile[],
    moved: [] as MovedFile[],
    lacking: [] as WantedFile[],
    replaced: [] as WantedFile[],
    nowhere: [] as WantedFile[],
  }
  for (const file of first.files) {
    const old = known.get(keyOf(file))
    known.delete(keyOf(file))
    const wanted = { file, path: inFolder(first.folder, file.name), ...(old !== undefined && { old }) }
    if (old?.state !== 'held') plan[file.state === 'held' ? 'lacking' : 'nowhere'].push(wanted)
    else {
      const isSame = file.state !== 'held' || sameBytes(file, old)
      const from = inFolder(copy.folder, old.name)
      const here = { ...old, name: file.name }
      // Other bytes come to the new path too: the old ones wait there to be replaced.
      if (from !== wanted.path) plan.moved.push(isSame ? { ...wanted, from } : { file: here, path: wanted.path, from })
      else if (isSame) plan.kept.push(wanted)
      if (!isSame) plan.replaced.push({ ...wanted, old: here })
    }
  }
  const rest = [...known.values()]
  const departed = rest.filter(({ state }) => state === 'held')
  const isElsewhere = copy.folder !== first.folder
  // They follow their album, until they are put aside.
  if (isElsewhere)
    for (const file of departed) plan.moved.push({ file, path: inFolder(first.folder, file.name), from: inFolder(copy.folder, file.name) })
  const without = isElsewhere ? copy.files.filter(({ state }) => state !== 'held') : []
  const doubtful = without.map(({ name }) => ({ from: inFolder(copy.folder, name), path: inFolder(first.folder, name) }))
  return { ...plan, departed, forgotten: rest.filter(({ state }) => state !== 'held'), doubtful }
}

/** Returns the row of a file that stands in the copy: as the first vault has it, unless that lost it. */
export const heldRow = ({ file, old }: WantedFile): FileRow =>
  file.state === 'held' || old === undefined ? { ...file, state: 'held' } : { ...old, name: file.name }

/** Fewer than this many are never a sudden mass change. */
const ALWAYS_PLAUSIBLE = 20

/** Would the copy lose or replace more than is plausible at once? */
export const isBraked = (would: { readonly lose: number; readonly replace: number; readonly held: number }, maxVanished: number): boolean =>
  would.lose + would.replace > ALWAYS_PLAUSIBLE && would.lose + would.replace > maxVanished * would.held
