import { existsSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigurationError } from '../errors.ts'
import { makeFoldersSync } from '../flow/make-folders.ts'
import { linkIn, looked, refuseVaults, unmake, writeMark } from './folder-elsewhere.ts'
import type { Vault } from './vault.ts'

/** The names of a handover's own files, in its folder: the mark, the memory of what was written, and the drafts of files under way. */
export const HANDOVER = {
  mark: '.smugmug-backup-handover',
  memory: '.smugmug-backup-handover.sqlite',
  drafts: '.smugmug-backup-handover.drafts',
} as const

/** A folder that is wanted for a handover. */
export interface WantedHandover {
  /** The absolute path of the folder. */
  readonly folder: string
  readonly target: string
  readonly vault: Pick<Vault, 'folders' | 'id'>
}

/**
 * Makes and marks the folder of a handover. Everything that is remembered of it lies in the folder itself, so that the vault stays as it is.
 * Throws `ConfigurationError`, and leaves everything as it was, if the folder is part of a vault or holds one, has a link in it, or has files
 * and is not marked as a handover of this vault for this target.
 */
export function openHandoverFolder(wanted: WantedHandover): void {
  const { folder, target, vault } = wanted
  const made = looked(folder, () => makeFoldersSync(folder))
  try {
    checkHandoverFolder(wanted)
    looked(folder, () => {
      rmSync(join(folder, HANDOVER.drafts), { recursive: true, force: true })
      if (!existsSync(join(folder, HANDOVER.mark))) writeMark(join(folder, HANDOVER.mark), markOf(target, vault.id))
    })
  } catch (error) {
    unmake(folder, made)
    throw error
  }
}

/** Throws what `openHandoverFolder` would throw, and changes nothing: for a dry run. The folder may be missing. */
export function checkHandoverFolder({ folder, target, vault }: WantedHandover): void {
  refuseVaults(folder, { vault, hint: 'A handover lies beside the vault: name a folder elsewhere.' })
  if (!existsSync(folder)) return
  const names = looked(folder, () => readdirSync(folder))
  if (!names.includes(HANDOVER.mark)) {
    if (names.length === 0) return
    throw new ConfigurationError(`The folder ${folder} has files, and is not marked as that of a handover.`, {
      hint: 'Name an empty folder, or one that does not exist.',
    })
  }
  const [, markedTarget, markedVault] = looked(folder, () => markIn(folder).split('\n'))
  if (markedTarget !== target || markedVault !== vault.id) {
    throw new ConfigurationError(
      `The folder ${folder} holds a handover for something else (${markedTarget || 'unknown'}), or of another vault.`,
      {
        hint: 'Name an empty folder, or one that does not exist.',
      },
    )
  }
  const link = looked(folder, () => linkIn(folder))
  if (link === undefined) return
  throw new ConfigurationError(`There is a link in the folder of the handover: ${link}.`, {
    hint: 'Remove the link: a handover writes only into its own folder.',
  })
}

const markOf = (target: string, id: string): string => `smugmug-backup handover\n${target}\n${id}\n`

/** Returns the text of the mark. Something else in its place is not opened: a pipe would wait for ever. */
const markIn = (folder: string): string => {
  const mark = join(folder, HANDOVER.mark)
  return lstatSync(mark).isFile() ? readFileSync(mark, 'utf8') : ''
}
