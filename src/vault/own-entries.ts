import { readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { splitPath, VAULT_MARKS } from './layout.ts'
import { foldName } from './naming/safe-path.ts'
import { isSystemError } from './system-error.ts'

/**
 * Decides whether a path outside leads to a vault's own entries: through another spelling, a link, a bind mount or a second mount. A file
 * must never vouch for itself.
 *
 * [Note: one and the same folder] Two paths lead to one folder when the disk gives both the same numbers (device and inode), or when both
 * have one real path as the disk spells it: some disks have no numbers, or make them up from the spelling. A share that is mounted twice
 * has two numbers and two paths; there the vault's own mark (its catalogue, or that it is sealed) decides, by the time of change, which no copy keeps. Two hard links are
 * two entries of two folders: removing one leaves the other.
 */
export class OwnEntries {
  readonly #root: string
  readonly #keys = new Map<string, ReadonlySet<string>>()
  readonly #marked = new Map<string, boolean>()
  readonly #mark: string | undefined

  /** `root` is the absolute path of the vault. */
  constructor(root: string) {
    this.#root = root
    this.#mark = markOf(root)
  }

  /** Is this folder (absolute) part of the vault, or does it hold the vault? */
  isPartOrHolder(folder: string): boolean {
    const [inner, outer] = [realpathSync(folder), realpathSync(this.#root)]
    return (
      upwards(inner).some((each) => this.#same(each, outer)) ||
      upwards(outer).some((each) => this.#same(each, inner)) ||
      this.#isMarked(inner)
    )
  }

  /** Is the file at this absolute path the same entry as a path of the vault, so that removing one removes the other? */
  isOwn(file: string, path: string): boolean {
    const [there, here] = [dirname(file), splitPath(path)]
    const folder = here.folder === '' ? this.#root : join(this.#root, here.folder)
    if (this.#isMarked(there)) return true
    if (!this.#same(there, folder)) return false
    const name = file.slice(there.length).replace(/^[/\\]+/, '')
    return name === here.name || (foldName(name) === foldName(here.name) && !hasBoth(folder, name, here.name))
  }

  #same(a: string, b: string): boolean {
    const keys = this.#keysOf(b)
    return [...this.#keysOf(a)].some((key) => keys.has(key))
  }

  /** Returns the keys of a folder: two paths to one folder share at least one. See: [Note: one and the same folder] */
  #keysOf(folder: string): ReadonlySet<string> {
    const known = this.#keys.get(folder)
    if (known !== undefined) return known
    const keys = new Set<string>()
    try {
      const { dev, ino } = statSync(folder, { bigint: true })
      if (ino !== 0n) keys.add(`${dev} ${ino}`)
      keys.add(asSpelled(realpathSync(folder)))
    } catch (error) {
      // A folder that does not exist, or cannot be looked at, has no keys.
      if (!isSystemError(error)) throw error
      keys.add(folder)
    }
    this.#keys.set(folder, keys)
    return keys
  }

  /** Does the folder, or one above it, hold the vault's own catalogue? */
  #isMarked(folder: string): boolean {
    const known = this.#marked.get(folder)
    if (known !== undefined) return known
    const isMarked = this.#mark !== undefined && upwards(realPath(folder)).some((each) => markOf(each) === this.#mark)
    this.#marked.set(folder, isMarked)
    return isMarked
  }
}

/** Returns the real path; the path itself where the system does not say. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if (isSystemError(error)) return path
    throw error
  }
}

/** Returns the folder and all folders above it. */
export const upwards = (folder: string): readonly string[] =>
  dirname(folder) === folder ? [folder] : [folder, ...upwards(dirname(folder))]

/** Returns the mark of the vault in a folder. No copy has the same mark, because no copy has the same time of change. */
function markOf(folder: string): string | undefined {
  for (const mark of VAULT_MARKS) {
    try {
      const { size, mtimeNs, ctimeNs } = statSync(join(folder, mark), { bigint: true })
      return `${size} ${mtimeNs} ${ctimeNs}`
    } catch (error) {
      if (!isSystemError(error)) throw error
    }
  }
  return undefined
}

/** Returns a real path as the disk spells it: a disk that ignores capitals accepts any spelling. */
function asSpelled(path: string): string {
  const above = dirname(path)
  if (above === path) return path
  const name = path.slice(above.length).replace(/^[/\\]+/, '')
  const names = namesIn(above)
  const spelled = names.includes(name) ? name : (names.find((each) => foldName(each) === foldName(name)) ?? name)
  return join(asSpelled(above), spelled)
}

const hasBoth = (folder: string, ...wanted: readonly string[]): boolean => {
  const names = namesIn(folder)
  return wanted.every((name) => names.includes(name))
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isSystemError(error)) return []
    throw error
  }
}
