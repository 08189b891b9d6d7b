import { randomUUID } from 'node:crypto'
import { breathe } from '../flow/breathe.ts'
import { inFolder, layout, splitPath } from './layout.ts'
import { foldName } from './naming/safe-path.ts'
import { moveEntry, pruneFolders } from './storage/abilities.ts'
import { blockedBy, type Storage, StorageError } from './storage/storage.ts'

/** A file or folder that gets another path. */
export interface Relocation {
  readonly from: string
  readonly to: string
}

/** The caller's part in each step of `relocate`. */
export interface RelocationHooks {
  /** Puts aside a file that stands at a target and does not take part. */
  clear(path: string): Promise<void>
  /** Reports an arrival at once, so that the catalogue follows step by step. */
  moved(relocation: Relocation): void
  /**
   * Reports a refusal of the disk: the entry stays where it was, and every entry that waited for its path is refused with it. `now` is
   * another path if it cannot go back, because a further entry has come there.
   */
  failed(relocation: Relocation, error: StorageError, now: string): void | Promise<void>
  /** Moves one entry in another way than in one step. Leaves it where it was when it throws. */
  move?(relocation: Relocation, now: string, to: string): Promise<void>
}

/** One of many moves, and the present path of its entry. */
interface Move extends Relocation {
  now: string
}

/**
 * Gives many files or folders new paths at once, chains (A→B, B→C) and swaps (A→B, B→A) included, and overwrites nothing. A cycle is opened
 * by moving one entry to `.smugmug-backup/moving/`; after a crash, the next run finds it there. An entry that is gone from its path is left
 * out. A refusal of the disk concerns that entry, and those that waited for its path.
 */
export async function relocate(storage: Storage, relocations: readonly Relocation[], hooks: RelocationHooks): Promise<void> {
  await new Relocating(storage, relocations, hooks).run()
}

class Relocating {
  readonly #storage: Storage
  readonly #hooks: RelocationHooks
  /** Moves that have not arrived, by their present paths, folded. */
  readonly #waiting: Map<string, Move>
  /** Paths, folded, whose entries could not leave. */
  readonly #kept = new Map<string, StorageError>()

  constructor(storage: Storage, relocations: readonly Relocation[], hooks: RelocationHooks) {
    this.#storage = storage
    this.#hooks = hooks
    this.#waiting = new Map(relocations.map((r) => [foldName(r.from), { ...r, now: r.from }]))
  }

  async run(): Promise<void> {
    for (const first of [...this.#waiting.values()]) {
      // Each move waits for the next one to leave, so the last one goes first.
      const line = await this.#lineBehind(first)
      for (let move = line.pop(); move !== undefined; move = line.pop()) {
        await breathe()
        if (this.#isWaiting(move)) await this.#arrive(move)
      }
    }
    await pruneFolders(this.#storage, layout.moving).catch(unlessRefused)
  }

  #isWaiting(move: Move): boolean {
    return this.#waiting.get(foldName(move.now)) === move
  }

  /** Returns a move, the move that stands at its target, the move that stands at the target of that, and so on. A ring is opened. */
  async #lineBehind(first: Move): Promise<Move[]> {
    const line = new Set<Move>()
    let move: Move | undefined = this.#isWaiting(first) ? first : undefined
    while (move !== undefined && !line.has(move)) {
      line.add(move)
      const standing = this.#waiting.get(foldName(move.to))
      move = standing === move ? undefined : standing
    }
    if (move !== undefined) await this.#park(move)
    return [...line]
  }

  async #park(move: Move): Promise<void> {
    // A photo is known again by its bytes, a sidecar only if it is seen to be one.
    const park = `${layout.moving}/${randomUUID()}${/\.xmp$/i.test(move.from) ? '.xmp' : ''}`
    await this.#guard(move, async () => {
      if ((await this.#storage.stat(move.now)) !== undefined) await this.#move(move, park)
      this.#waiting.delete(foldName(move.now))
      move.now = park
      this.#waiting.set(foldName(park), move)
    })
  }

  async #arrive(move: Move): Promise<void> {
    await this.#guard(move, async () => {
      const blocked = this.#kept.get(foldName(move.to))
      if (blocked !== undefined) throw blocked
      if ((await this.#storage.stat(move.now)) !== undefined) {
        if (move.now !== move.to) await this.#moveOver(move)
        this.#hooks.moved({ from: move.from, to: move.to })
      }
      this.#waiting.delete(foldName(move.now))
    })
  }

  /** Does a step of one move. A refused entry keeps its path; if it was parked, it goes back. */
  async #guard(move: Move, step: () => Promise<void>): Promise<void> {
    try {
      await step()
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      this.#waiting.delete(foldName(move.now))
      this.#kept.set(foldName(move.from), error)
      const now = (await this.#wentBack(move)) ? move.from : move.now
      await this.#hooks.failed({ from: move.from, to: move.to }, error, now)
    }
  }

  /** Moves an entry back to its path. Returns false if that is refused, as when another has come there. */
  async #wentBack(move: Move): Promise<boolean> {
    if (move.now === move.from) return true
    try {
      await this.#move(move, move.from)
      return true
    } catch (error) {
      unlessRefused(error)
      return false
    }
  }

  async #moveOver(move: Move): Promise<void> {
    try {
      await this.#move(move, move.to)
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== 'EEXIST' || (await isOneEntry(this.#storage, move.now, move.to))) throw error
      await this.#hooks.clear(move.to)
      const [moved, left] = [await this.#storage.stat(move.now), await this.#storage.stat(move.to)]
      if (moved?.kind === 'file' && left?.kind === 'folder') throw blockedBy(move.to, 'folder', { path: move.from, code: 'EEXIST' })
      await this.#move(move, move.to)
    }
  }

  /** Moves an entry. A network disk may report a refusal of a move that it has made: the entry's present path decides. */
  async #move(move: Move, to: string): Promise<void> {
    try {
      await (this.#hooks.move === undefined ? moveEntry(this.#storage, move.now, to) : this.#hooks.move(move, move.now, to))
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      if ((await this.#storage.stat(move.now)) !== undefined || (await this.#storage.stat(to)) === undefined) throw error
    }
  }
}

const unlessRefused = (error: unknown): void => {
  if (!(error instanceof StorageError)) throw error
}

/** Are two paths spellings of one entry? Then neither may be cleared away for the other. */
export async function isOneEntry(storage: Storage, one: string, other: string): Promise<boolean> {
  if (one === other) return true
  if (foldName(one) !== foldName(other)) return false
  const [a, b] = [splitPath(one), splitPath(other)]
  if (!(await isOneEntry(storage, a.folder, b.folder))) return false
  if (a.name === b.name) return true
  const alike = (await storage.list(b.folder)).filter((entry) => foldName(inFolder(b.folder, entry.name)) === foldName(other))
  return alike.length === 1
}
