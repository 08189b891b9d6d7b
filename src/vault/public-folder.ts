import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ConfigurationError } from '../errors.ts'
import { layout, OURS } from './layout.ts'
import { OwnEntries } from './own-entries.ts'
import { isSystemError } from './system-error.ts'

/** The name of the file that marks a folder as that of a public twin. It holds a number, and nothing of the vault. */
export const PUBLIC_MARK = '.smugmug-backup-public'

/** The folder of a public twin, and the two files in which its vault remembers it: none of them lies in the folder, which is published. */
export interface PublicFolder {
  readonly folder: string
  /** The absolute path of the record of what was written there. */
  readonly written: string
  /** The absolute path of the list of what is shown there. */
  readonly shown: string
  /** Is there no mark yet? */
  readonly isNew: boolean
  /** Marks the folder. Call it once the record exists: a mark that no vault remembers would close the folder for good. */
  mark(): void
  /** Removes the mark, and what the vault remembers. */
  forget(): void
}

/**
 * Returns the folder of a public twin, which is made if there is none. Throws `ConfigurationError`, and leaves everything as it was, if it
 * is part of a vault or holds one, or if it has files and is not marked as that of a public twin of this vault.
 */
export function publicFolder(folder: string, vault: string): PublicFolder {
  const made = looked(folder, () => mkdirSync(folder, { recursive: true }))
  try {
    looked(folder, () => refuseVaults(folder, vault))
    return describe(folder, vault)
  } catch (error) {
    if (made !== undefined) for (let each = folder; each.startsWith(made); each = dirname(each)) rmdirSync(each)
    throw error
  }
}

function describe(folder: string, vault: string): PublicFolder {
  const names = looked(folder, () => readdirSync(folder))
  const isNew = !names.includes(PUBLIC_MARK)
  if (isNew && names.length > 0) {
    throw new ConfigurationError(`The folder ${folder} has files, and is not marked as that of a public twin.`, {
      hint: 'Name an empty folder, or one that does not exist.',
    })
  }
  const id = isNew ? randomUUID() : looked(folder, () => idIn(readFileSync(join(folder, PUBLIC_MARK), 'utf8')))
  const [written, shown] = [join(vault, OURS, `twin-public-${id}.sqlite`), join(vault, OURS, `twin-public-${id}-shown.sqlite`)]
  if (!isNew && !existsSync(written)) {
    throw new ConfigurationError(`The folder ${folder} is marked as that of a public twin, but this vault does not remember it.`, {
      hint: 'Name an empty folder, or remove that folder yourself and run it again.',
    })
  }
  refuseLinks(folder)
  const mark = join(folder, PUBLIC_MARK)
  return {
    ...{ folder, written, shown, isNew },
    mark: () => writeFileSync(mark, `smugmug-backup public\n${id}\n`, { flag: 'wx' }),
    forget() {
      rmSync(mark, { force: true })
      for (const path of [written, shown]) rmSync(path, { force: true })
    },
  }
}

/** Returns the number in a mark; one that no vault has, if it holds none. */
const idIn = (text: string): string => /^[\da-f-]{36}$/m.exec(text)?.[0] ?? 'unknown'

function refuseVaults(folder: string, vault: string): void {
  const inVault = new OwnEntries(vault).isPartOrHolder(folder)
  const above = upwards(folder)
  if (!inVault && !above.some((each) => existsSync(join(each, layout.catalogue)))) return
  throw new ConfigurationError(`The folder ${folder} is part of a vault, or holds one.`, {
    hint: 'A public twin is a copy of its own, to be published: name a folder elsewhere.',
  })
}

/** Refuses a folder with links: through one of them files would be written or removed elsewhere. */
function refuseLinks(folder: string): void {
  const link = looked(folder, () => linkIn(folder))
  if (link === undefined) return
  throw new ConfigurationError(`There is a link in the folder of the public twin: ${link}.`, {
    hint: 'Remove the link: the twin writes only into its own folder.',
  })
}

/** Returns the first link below a folder. Folders whose names begin with a dot, such as `.git`, are none of the twin's. */
function linkIn(folder: string): string | undefined {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isSymbolicLink()) return path
    const below = entry.isDirectory() && !entry.name.startsWith('.') ? linkIn(path) : undefined
    if (below !== undefined) return below
  }
  return undefined
}

const upwards = (folder: string): readonly string[] => (dirname(folder) === folder ? [folder] : [folder, ...upwards(dirname(folder))])

function looked<T>(folder: string, look: () => T): T {
  try {
    return look()
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new ConfigurationError(`The folder ${folder} cannot be used: ${error.message}.`, {
      hint: 'Name a folder, and make it writable for the user that runs the program.',
      cause: error,
    })
  }
}
