import { randomUUID } from 'node:crypto'
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { ConfigurationError, DestinationError } from '../errors.ts'
import { makeFoldersSync } from '../flow/make-folders.ts'
import type { VaultPlace } from './home/home.ts'
import { VAULT_MARKS } from './layout.ts'
import { OwnEntries, upwards } from './own-entries.ts'
import { describe, hasCode, isSystemError } from './system-error.ts'
import { removeDatabase } from './twin-database.ts'

/** The two kinds of twins that lie elsewhere: only what strangers see, or everything. */
export type KindElsewhere = 'public' | 'whole'

/** The names of the files that mark a folder as that of a twin. They hold a number, and nothing of the vault. */
export const MARKS: Readonly<Record<KindElsewhere, string>> = { public: '.smugmug-backup-public', whole: '.smugmug-backup-twin' }

const WORDS: Readonly<Record<KindElsewhere, string>> = { public: 'a public twin', whole: 'a twin' }

/** A folder for a twin, and the vault that it is made of. */
export interface WantedFolder {
  readonly kind: KindElsewhere
  readonly folder: string
  readonly vault: VaultPlace
}

/** The folder of a twin elsewhere, and the two files in which its vault remembers it: none of them lies in the folder, which may be published. */
export interface FolderElsewhere {
  readonly folder: string
  /** The absolute path of the record of what was written there. */
  readonly written: string
  /** The absolute path of the list of what is shown there. */
  readonly shown: string
  /** Is there no mark yet? */
  readonly isNew: boolean
  /** Marks the folder. Call it once the record exists: a mark that no vault remembers would close the folder for good. Throws as `looked` does if the disk refuses it. */
  mark(): void
  /** Removes the mark, and what the vault remembers. */
  forget(): void
  /** Removes what the vault remembers of a folder that could not be marked. */
  drop(): void
}

/**
 * Returns the folder of a twin elsewhere, which is made if there is none. Throws `ConfigurationError`, and leaves everything as it was, if it
 * is part of a vault or holds one, or if it has files and is not marked as that of such a twin of this vault.
 */
export function folderElsewhere(wanted: WantedFolder): FolderElsewhere {
  const { folder, vault } = wanted
  const made = looked(folder, () => makeFoldersSync(folder))
  try {
    refuseVaults(folder, { vault, hint: 'Such a twin is a copy of its own: name a folder elsewhere.' })
    return elsewhereOf(wanted)
  } catch (error) {
    unmake(folder, made)
    throw error
  }
}

/**
 * Removes a folder again that was made in vain, up to the topmost one that was `made`. A disk that refuses that keeps them: the trouble that ended the
 * run is the one to name.
 */
export function unmake(folder: string, made: string | undefined): void {
  try {
    if (made !== undefined) for (let each = folder; each.startsWith(made); each = dirname(each)) rmdirSync(each)
  } catch (error) {
    if (!isSystemError(error)) throw error
  }
}

function elsewhereOf({ kind, folder, vault }: WantedFolder): FolderElsewhere {
  const names = looked(folder, () => readdirSync(folder))
  const isNew = !names.includes(MARKS[kind])
  if (isNew && names.length > 0) {
    throw new ConfigurationError(`The folder ${folder} has files, and is not marked as that of ${WORDS[kind]}.`, {
      hint: 'Name an empty folder, or one that does not exist.',
    })
  }
  const id = isNew ? randomUUID() : looked(folder, () => idIn(markIn(folder, kind)))
  const [written, shown] = [recordOf(vault.home, kind, id), join(vault.home, `twin-${kind}-${id}-shown.sqlite`)]
  if (!isNew && !existsSync(written)) {
    throw new ConfigurationError(`The folder ${folder} is marked as that of ${WORDS[kind]}, but this vault does not remember it.`, {
      hint: 'Name an empty folder, or remove that folder yourself and run it again.',
    })
  }
  refuseLinks(folder)
  const mark = join(folder, MARKS[kind])
  const drop = (): void => {
    for (const path of [written, shown]) removeDatabase(path)
  }
  return {
    ...{ folder, written, shown, isNew },
    mark: () => looked(folder, () => writeMark(mark, `smugmug-backup ${kind}\n${id}\n`)),
    forget() {
      looked(folder, () => rmSync(mark, { force: true }))
      drop()
    },
    drop,
  }
}

const recordOf = (home: string, kind: KindElsewhere, id: string): string => join(home, `twin-${kind}-${id}.sqlite`)

/** Returns the mark of a twin that the vault with this home wrote into a folder, and its record of what it wrote there; undefined if there is none. */
export function twinIn(folder: string, home: string): { readonly mark: string; readonly written: string } | undefined {
  for (const kind of ['whole', 'public'] as const) {
    const mark = join(folder, MARKS[kind])
    if (lstatSync(mark, { throwIfNoEntry: false }) === undefined) continue
    const written = recordOf(home, kind, idIn(markIn(folder, kind)))
    if (existsSync(written)) return { mark, written }
  }
  return undefined
}

/** Returns the text of a mark. Something else in its place is not opened: a pipe would wait for ever. */
const markIn = (folder: string, kind: KindElsewhere): string => {
  const mark = join(folder, MARKS[kind])
  return lstatSync(mark).isFile() ? readFileSync(mark, 'utf8') : ''
}

/** Returns the number in a mark; one that no vault has, if it holds none. */
const idIn = (text: string): string => /^[\da-f-]{36}$/m.exec(text)?.[0] ?? 'unknown'

/**
 * Throws `ConfigurationError`, with the hint, for a folder that is part of a vault or holds one, through links and further mounts too. The folder may
 * be missing. Call it before anything is written to a folder that a person named.
 */
export function refuseVaults(
  folder: string,
  { vault, hint }: { readonly vault: Pick<VaultPlace, 'folders'>; readonly hint: string },
): void {
  looked(folder, () => {
    const isPartOrHolder = (own: string): boolean => new OwnEntries(own).isPartOrHolder(folder) || isBelowFolderOf(own, folder)
    const inVault = existsSync(folder) && vault.folders.some(isPartOrHolder)
    const above = [...upwards(folder), ...upwards(realpathSync(standing(folder)))]
    if (!inVault && !above.some((each) => VAULT_MARKS.some((mark) => existsSync(join(each, mark))))) return
    throw new ConfigurationError(`The folder ${folder} is part of a vault, or holds one.`, { hint })
  })
}

/** Returns the folder, or the nearest one above it that exists. */
const standing = (folder: string): string => (existsSync(folder) || dirname(folder) === folder ? folder : standing(dirname(folder)))

/**
 * Does this folder lie in one of the vault's folders that is mounted a second time? The way up from there does not lead to the vault. All
 * folders of the vault are looked at, so it is asked only of a new folder.
 */
function isBelowFolderOf(vault: string, folder: string): boolean {
  if (readdirSync(folder).length > 0) return false
  const above = new Set(upwards(realpathSync(folder)).map(numbersOf))
  const waiting = [vault]
  for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
    try {
      if (above.has(numbersOf(each))) return true
      for (const entry of readdirSync(each, { withFileTypes: true })) if (entry.isDirectory()) waiting.push(join(each, entry.name))
    } catch (error) {
      // Such as `lost+found` at the top of a disk, which only its system may read, or a folder that a run renames meanwhile.
      if (!isSystemError(error)) throw error
    }
  }
  return false
}

const numbersOf = (folder: string): string => {
  const { dev, ino } = statSync(folder, { bigint: true })
  return `${dev} ${ino}`
}

/** Refuses a folder with links: through one of them files would be written or removed elsewhere. */
function refuseLinks(folder: string): void {
  const link = looked(folder, () => linkIn(folder))
  if (link === undefined) return
  throw new ConfigurationError(`There is a link in the folder of the twin: ${link}.`, {
    hint: 'Remove the link: the twin writes only into its own folder.',
  })
}

/** Returns the first link below a folder. Folders whose names begin with a dot, such as `.git`, are none of the twin's. */
export function linkIn(folder: string): string | undefined {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isSymbolicLink()) return path
    const below = entry.isDirectory() && !entry.name.startsWith('.') ? linkIn(path) : undefined
    if (below !== undefined) return below
  }
  return undefined
}

/**
 * Writes the file that marks a folder, whole or not at all: an empty one, as a full disk leaves it, would be taken for the mark of another vault, and
 * close the folder for good. Throws the system's error.
 */
export function writeMark(path: string, text: string): void {
  // Only a file that was made here is removed: another vault may have marked the folder meanwhile.
  const file = openSync(path, 'wx')
  try {
    try {
      writeFileSync(file, text)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  }
}

/** Runs `look` on a folder. Throws `DestinationError` if its disk is full, `ConfigurationError` if the system refuses it otherwise. */
export function looked<T>(folder: string, look: () => T): T {
  try {
    return look()
  } catch (error) {
    if (!isSystemError(error)) throw error
    if (hasCode(error, 'ENOSPC', 'EDQUOT')) {
      throw new DestinationError(`There is no room left in ${folder}.`, {
        hint: 'Make room there, or name another folder, then run it again.',
        cause: error,
      })
    }
    throw new ConfigurationError(`The folder ${folder} cannot be used: ${describe(error)}.`, {
      hint: 'Name a folder, and make it writable for the user that runs the program.',
      cause: error,
    })
  }
}
