/** A file that cannot be read is read again for another photo, up to this number of times in all. */
const TRIES = 3

/** The files of a size that was asked for. */
interface Asked {
  /** The paths of those that nobody has read, by the name and that of their folder. */
  readonly unread: Map<string, string[]>
  readonly reading: Set<Promise<unknown>>
}

/**
 * The files of a folder that may be photos. Each is handed out to one reader, and found by its MD5 once it was read. However many photos of its size
 * are looked for, it is read once before it is known, or three times if it cannot be read.
 */
export class Candidates {
  readonly #sizes = new Set<number>()
  /** The paths by size, which is known without reading. None of a size that was asked for. */
  readonly #bySize = new Map<number, string[]>()
  /** Only sizes of which something is unread, or read now. */
  readonly #asked = new Map<number, Asked>()
  readonly #byMd5 = new Map<string, string[]>()
  readonly #failures = new Map<string, number>()

  add(path: string, size: number): void {
    this.#sizes.add(size)
    push(this.#bySize, size, path)
  }

  /** Was there a file of this size? */
  has(size: number): boolean {
    return this.#sizes.has(size)
  }

  /** Returns the files that were read and had this MD5. */
  having(md5: string): readonly string[] {
    return this.#byMd5.get(md5) ?? []
  }

  /** Hands out a file of this name in a folder of this name, or the only one of the size: it is likely the wanted one. */
  likely(size: number, path: string): string | undefined {
    const { unread } = this.#ask(size)
    return take(unread, unread.size === 1 ? firstOf(unread) : tailOf(path))
  }

  /** Hands out any file of the size. */
  next(size: number): string | undefined {
    const { unread } = this.#ask(size)
    return take(unread, firstOf(unread))
  }

  /** Lets others of the same size wait for the reading of a file that was handed out. */
  async during<T>(size: number, reading: Promise<T>): Promise<T> {
    const asked = this.#ask(size)
    asked.reading.add(reading)
    try {
      return await reading
    } finally {
      asked.reading.delete(reading)
      this.#forgetSpent(size, asked)
    }
  }

  /** Waits until another has read a file of the size. Returns false if nobody reads one: there is nothing more to know. */
  async more(size: number): Promise<boolean> {
    const asked = this.#ask(size)
    this.#forgetSpent(size, asked)
    if (asked.reading.size === 0) return false
    await Promise.allSettled([Promise.race(asked.reading)])
    return true
  }

  /** Notes the MD5 of a file that was handed out. */
  read(path: string, md5: string): void {
    push(this.#byMd5, md5, path)
  }

  /** Takes back a file that was handed out, and not read to its end. `failed`: it could not be read. */
  giveBack(path: string, { size, failed }: { readonly size: number; readonly failed: boolean }): void {
    const failures = (this.#failures.get(path) ?? 0) + Number(failed)
    if (failures > 0) this.#failures.set(path, failures)
    if (failures < TRIES) push(this.#ask(size).unread, tailOf(path), path)
  }

  #ask(size: number): Asked {
    const known = this.#asked.get(size)
    if (known !== undefined) return known
    const asked: Asked = { unread: new Map(), reading: new Set() }
    for (const path of this.#bySize.get(size) ?? []) push(asked.unread, tailOf(path), path)
    this.#bySize.delete(size)
    this.#asked.set(size, asked)
    return asked
  }

  #forgetSpent(size: number, { unread, reading }: Asked): void {
    if (unread.size + reading.size === 0) this.#asked.delete(size)
  }
}

function push<Key>(lists: Map<Key, string[]>, key: Key, path: string): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [path])
  else list.push(path)
}

/** Returns the name of a file and that of its folder. */
const tailOf = (path: string): string => path.split('/').slice(-2).join('/')

const firstOf = (unread: ReadonlyMap<string, unknown>): string | undefined => unread.keys().next().value

function take(unread: Map<string, string[]>, name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  const paths = unread.get(name)
  const path = paths?.pop()
  if (paths?.length === 0) unread.delete(name)
  return path
}
