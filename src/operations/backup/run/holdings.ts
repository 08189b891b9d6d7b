import { Turns } from '../../../flow/turns.ts'
import { foldName } from '../../../vault/naming/safe-path.ts'

/** Decides which task may touch which bytes now. */
export class Holdings {
  readonly #paths = new Turns()
  readonly #sidecars = new Turns()
  readonly #inFlight = new Map<string, Promise<void>>()
  readonly #renaming = new Set<{ readonly contents: ReadonlySet<string>; readonly ended: Promise<void> }>()
  readonly #hashing = new Map<string, Promise<unknown>>()
  /** Bytes of strays hashed in this run. */
  hashedBytes = 0

  /** Calls `work` while no other task writes, moves or removes any of these paths. */
  withPaths<T>(paths: readonly string[], work: () => Promise<T>): Promise<T> {
    return this.#paths.with(paths.map(foldName), work)
  }

  /**
   * Calls `work` while no other task writes, moves or removes any of these sidecars: two photos may share one, and an album that is finished writes
   * its own while others move theirs. The caller may hold paths. Within `work`, take neither paths nor sidecars.
   */
  withSidecars<T>(sidecars: readonly string[], work: () => Promise<T>): Promise<T> {
    return this.#sidecars.with(sidecars.map(foldName), work)
  }

  /** Calls `work` while no other task brings the same content: an identical photo waits instead of being fetched again. */
  async withContent<T>(content: string, work: () => Promise<T>): Promise<T> {
    for (let other = this.#inFlight.get(content); other !== undefined; other = this.#inFlight.get(content)) await other
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#inFlight.set(content, promise)
    try {
      return await work()
    } finally {
      this.#inFlight.delete(content)
      resolve()
    }
  }

  /** Calls `work`, which renames files with these contents: `renamed` waits for its end. */
  async renaming<T>(contents: ReadonlySet<string>, work: () => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const renaming = { contents, ended: promise }
    this.#renaming.add(renaming)
    try {
      return await work()
    } finally {
      this.#renaming.delete(renaming)
      resolve()
    }
  }

  /** Waits until no file with this content is being renamed. Do not hold a path meanwhile: the renaming may wait for it. */
  async renamed(content: string): Promise<void> {
    const find = () => this.#renaming.values().find(({ contents }) => contents.has(content))
    for (let one = find(); one !== undefined; one = find()) await one.ended
  }

  /** Hashes a file once for all tasks that ask for it at the same time. */
  hashOnce<T>(path: string, hash: () => Promise<T>): Promise<T> {
    const known = (this.#hashing.get(path) as Promise<T> | undefined) ?? hash().finally(() => this.#hashing.delete(path))
    this.#hashing.set(path, known)
    return known
  }
}
