import { layout, splitPath } from './layout.ts'

/**
 * [Note: generations] A PUT that a stopped process had under way may take effect long after another computer took over, and would then stand in
 * the place of what that one wrote. So each `put` to a shared file of a bucket makes a key of its own, which carries a generation: the time at which
 * the lease was taken, by the server's clock, a part of the lease's own name, and a number that counts the puts of that run. The highest one is the
 * file; a late one is lower, is never read, and is removed by the next run.
 *
 * The generation stands before the endings, so that other programs still know the kind of the file: `state.20261126T023011Z-1a2b3c4d-0000001.json`.
 * A file without a generation, of a vault made before or in a folder, counts as the lowest.
 */

/** The files that every run writes, and those whose names another computer could give as well. */
const FILES: ReadonlySet<string> = new Set([layout.md5sums, layout.sha256sums, layout.state, layout.historyJournal])
const FOLDERS = [layout.versions, layout.catalogueCopy]

const SEALED = '.age'

const NAME = /^([^.]+)\.(\d{8}T\d{6}Z-[0-9a-f]{8}-\d{7})((?:\..*)?)$/s

/** A path, and the generation that its name carried; an empty text if it carried none. */
export interface Generation {
  readonly path: string
  readonly generation: string
}

/** Is this file, sealed or not, kept under names that carry a generation where puts may come late? */
export function isShared(path: string): boolean {
  const plain = path.endsWith(SEALED) ? path.slice(0, -SEALED.length) : path
  return FILES.has(plain) || FOLDERS.some((folder) => plain.startsWith(`${folder}/`))
}

/** Returns the path that a shared file has in a generation. */
export function withGeneration(path: string, generation: string): string {
  const { first, rest } = partsOf(path)
  return `${first}.${generation}${rest}`
}

/** Returns the beginning that the paths of all generations of a shared file have in common. */
export const beginningOf = (path: string): string => partsOf(path).first

/** Reads the path of a shared file in a generation, or without one; undefined for any other file. */
export function readGeneration(at: string): Generation | undefined {
  const { folder, name } = splitPath(at)
  const [, first, generation, rest = ''] = NAME.exec(name) ?? []
  const path = first === undefined ? at : `${folder}/${first}${rest}`
  return isShared(path) ? { path, generation: generation ?? '' } : undefined
}

function partsOf(path: string): { readonly first: string; readonly rest: string } {
  const start = path.lastIndexOf('/') + 1
  const dot = path.indexOf('.', start)
  return dot < 0 ? { first: path, rest: '' } : { first: path.slice(0, dot), rest: path.slice(dot) }
}

/** Makes the term of a lease: the server's time in milliseconds since 1970, to the second, and eight hexadecimal digits of the lease's own name. */
export const termOf = (serverTime: number, name: string): string => `${stamp(serverTime)}-${name.slice(0, 8)}`

const stamp = (time: number): string => `${new Date(time).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`

const NO_TERM = termOf(0, '00000000')

/** Counts the puts of one term. */
export class Generations {
  #term: string
  #count = 0

  constructor(term: string = NO_TERM) {
    this.#term = term
  }

  /**
   * Returns the generation of the next put: higher than all before, and than `standing`, the highest one that was found. Two leases may begin in
   * the same second, and a server's clock may go back: the term then moves behind the one that was found.
   */
  next(standing: string): string {
    this.#count += 1
    if (this.#now() <= standing) this.#term = termOf(timeOf(standing) + 1000, this.#term.slice(-8))
    return this.#now()
  }

  #now(): string {
    return `${this.#term}-${String(this.#count).padStart(7, '0')}`
  }
}

function timeOf(generation: string): number {
  const [, year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = (
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/.exec(generation) ?? []
  ).map(Number)
  return Date.UTC(year, month - 1, day, hour, minute, second)
}
