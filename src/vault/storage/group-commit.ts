import { close as closeFile, closeSync, fsync as fsyncFile, open as openFile, openSync } from 'node:fs'
import { promisify } from 'node:util'
import { cannotFlush, hasCode } from '../system-error.ts'
import type { ShortCalls } from './short-calls.ts'

const open = promisify(openFile)
const fsync = promisify(fsyncFile)
const close = promisify(closeFile)

/** A change that is to be durable. */
export interface Change {
  /** A file whose bytes must be on the disk before `apply`. It is closed in any case. */
  readonly fd?: number
  /** Gives the bytes their name. */
  readonly apply: () => Promise<void>
  /** Absolute paths of the folders that `apply` changes. */
  readonly folders: readonly string[]
}

interface Queued extends Change {
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

/** The most changes in a group: the first one must not wait for ever. */
const groupLimit = 32

/**
 * Groups that are written at once. On a disk that takes 8 ms to flush, four groups store half as much again as one; more would make the
 * groups too small.
 */
const groupsAtOnce = 4

/**
 * Makes changes durable, up to 32 at a time: while groups are being written, new changes form the next group. A single change is not
 * delayed; under load, a folder is fsynced once for many files.
 *
 * The order within a group (bytes on the disk, then names, then the folders with the names) ensures that half a file never stands under a
 * real name, even after a power cut.
 */
export class GroupCommit {
  readonly #calls: ShortCalls
  readonly #check: () => Promise<void>
  readonly #queue: Queued[] = []
  /** Flushes of folders that have new folders in them. A failed flush stays, and fails every later change. */
  readonly #newFolders = new Set<Promise<void>>()
  #running = 0

  /** `check` is called once a group, before names are given. By throwing it refuses the whole group. */
  constructor(calls: ShortCalls, check: () => Promise<void>) {
    this.#calls = calls
    this.#check = check
  }

  /** Notes that a folder was made in this one (absolute). No change is durable before that folder is. */
  noteNewFolder(parent: string): void {
    const flushed = this.#flushFolder(parent)
    this.#newFolders.add(flushed)
    flushed.then(
      () => this.#newFolders.delete(flushed),
      () => {},
    )
  }

  /** Adds a change. Resolves when it has happened and will survive a power cut. */
  add(change: Change): Promise<void> {
    return new Promise((done, failed) => {
      this.#queue.push({ ...change, done, failed })
      if (this.#running >= groupsAtOnce) return
      this.#running += 1
      // Changes that are ready in the same turn of the event loop join the group.
      setImmediate(() => void this.#run())
    })
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) await this.#commit(this.#queue.splice(0, groupLimit))
    this.#running -= 1
  }

  /** Commits a group. Never throws: each change resolves or rejects by itself. */
  async #commit(group: readonly Queued[]): Promise<void> {
    const written = await survivors(group, (change) => this.#flush(change))
    const allowed = await survivors(written, once(this.#check))
    const applied = await survivors(allowed, (change) => change.apply())
    const durable = await survivors(
      applied,
      once(async () => {
        const folders = new Set(applied.flatMap((change) => change.folders))
        await Promise.all([...this.#newFolders, ...[...folders].map((folder) => this.#flushFolder(folder))])
      }),
    )
    for (const change of durable) change.done()
  }

  async #flush(change: Change): Promise<void> {
    const { fd } = change
    if (fd === undefined) return
    try {
      await flushFile(fd)
    } finally {
      // Closed before the renaming, which Windows refuses for an open file. A network disk may report a full disk only here.
      await this.#close(fd)
    }
  }

  /** Flushes a folder. Windows and some network disks cannot do that, and are not asked to. */
  async #flushFolder(folder: string): Promise<void> {
    try {
      const fd = await this.#calls.make(
        () => openSync(folder, 'r'),
        () => open(folder, 'r'),
      )
      try {
        await fsync(fd)
      } finally {
        await this.#close(fd)
      }
    } catch (error) {
      // A folder that was removed meanwhile holds nothing to lose.
      if (!cannotFlush(error) && !hasCode(error, 'EISDIR', 'ENOENT')) throw error
    }
  }

  #close(fd: number): Promise<void> {
    return this.#calls.make(
      () => closeSync(fd),
      () => close(fd),
    )
  }
}

/** Does a step for each change at once. Rejects the changes for which it fails, and returns the others. */
const survivors = async (group: readonly Queued[], step: (change: Queued) => Promise<void>): Promise<readonly Queued[]> => {
  const passed = await Promise.all(
    group.map(async (change) => {
      try {
        await step(change)
        return true
      } catch (error) {
        change.failed(error)
        return false
      }
    }),
  )
  return group.filter((_, index) => passed[index])
}

/** Makes a function that acts once; every caller gets the same result. */
const once = (deed: () => Promise<void>): (() => Promise<void>) => {
  let result: Promise<void> | undefined
  return () => {
    result ??= deed()
    return result
  }
}

/** Waits until a file's bytes are on the disk, where the disk can report that. */
export const flushFile = async (fd: number): Promise<void> => {
  try {
    await fsync(fd)
  } catch (error) {
    if (!cannotFlush(error)) throw error
  }
}
