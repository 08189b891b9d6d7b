/** The folders in which no new vault may begin. */
import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { basename, dirname, join, parse, relative, sep } from 'node:path'
import { type FolderState, lookAtFolder } from '../config/new-folder.ts'
import { marksPath } from '../vault/home/mark.ts'
import { OURS, VAULT_MARKS } from '../vault/layout.ts'
import { ownFolder } from './own-files.ts'

/** A look at a folder that a person named for the vault. */
export interface VaultFolderLook {
  /** True makes a file in the folder, and removes it at once. */
  readonly trial: boolean
  /** The environment, which names the state folder. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The configuration file. */
  readonly config: string | undefined
}

/** Looks at a folder as `lookAtFolder` does, and refuses those of this program, those inside a vault, and the root of the system. */
export async function lookAtVaultFolder(path: string, { trial, env, config }: VaultFolderLook): Promise<FolderState> {
  const state = await lookAtFolder(path, { trial: false })
  if (state.kind === 'refused') return state
  const real = await realOf(path)
  if (process.platform !== 'win32' && real === parse(real).root)
    return { kind: 'refused', reason: 'is the root of this computer, and not a folder for photos' }
  const marks = marksPath(env)
  const own = [ownFolder(), marks === undefined ? undefined : dirname(marks), isOwnFolder(config) ? dirname(config) : undefined]
  for (const each of own) {
    if (each !== undefined && isWithin(await realOf(each), real))
      return { kind: 'refused', reason: `belongs to the program itself (${each})` }
  }
  const vault = vaultAbove(real)
  if (vault !== undefined) return { kind: 'refused', reason: `lies inside another vault (${vault})` }
  return trial && state.kind === 'usable' ? await lookAtFolder(path, { trial }) : state
}

/** Is the folder of the configuration for this program alone? */
const isOwnFolder = (config: string | undefined): config is string => config !== undefined && basename(dirname(config)) === '.smgmg'

/** Returns the real path of a folder, also of one that is not there yet. */
async function realOf(path: string): Promise<string> {
  for (let place = path, rest = ''; ; rest = join(basename(place), rest), place = dirname(place)) {
    const found = await realpath(place).catch((error: NodeJS.ErrnoException) => {
      if (error.code === undefined) throw error
      return undefined
    })
    if (found !== undefined) return rest === '' ? found : join(found, rest)
    if (place === dirname(place)) return path
  }
}

const isWithin = (above: string, path: string): boolean => {
  const inside = relative(above, path)
  return inside === '' || !(inside === '..' || inside.startsWith(`..${sep}`) || parse(inside).root !== '')
}

const isVault = (path: string): boolean => VAULT_MARKS.some((each) => existsSync(join(path, each)))

/** Returns the vault that a real folder lies in; undefined if it lies in none, and if it is the top of a vault itself. */
export function vaultAbove(path: string): string | undefined {
  if (isVault(path)) return undefined
  for (let place = path; place !== dirname(place); place = dirname(place)) {
    if (basename(place) === OURS) return dirname(place)
    if (isVault(place)) return place
  }
  return undefined
}
