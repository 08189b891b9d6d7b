import { randomUUID } from 'node:crypto'
import { breathe } from '../flow/breathe.ts'
import { inFolder, layout, splitPath } from './layout.ts'
import { foldName } from './naming/safe-path.ts'
import type { Storage } from './storage/storage.ts'

/** A file or folder that gets another path. */
export interface Relocation {
  readonly from: string
  readonly to: string
}

/** One of many moves, and where its file is now. */
interface Move extends Relocation {
  now: string
}

/**
 * Gives many files or folders new paths at once: chains (A→B, B→C) and swaps (A→B, B→A) included, nothing overwritten.
 * A cycle is opened by moving one of it to `.smugmug-backup/moving/`, where a crash leaves it for the next run to find.
 *
 * `clear` is asked to put aside a file that stands at a target and does not take part; `moved` is called with each one that arrived,
 * so that the catalogue follows step by step. One that is gone from its place is left out.
 */
export async function relocate(
  storage: Storage,
  relocations: readonly Relocation[],
  hooks: { clear(path: string): Promise<void>; moved(relocation: Relocation): void },
): Promise<void> {
  const waiting = new Map(relocations.map((r): [string, Move] => [foldName(r.from), { ...r, now: r.from }]))
  for (const first of [...waiting.values()]) {
    // Each waits for the next one to leave: the last of them goes first.
    const line = await lineBehind(storage, first, waiting)
    for (let move = line.pop(); move !== undefined; move = line.pop()) {
      await breathe()
      await arrive(storage, move, hooks)
      waiting.delete(foldName(move.now))
    }
  }
  await storage.pruneFolders(layout.moving)
}

/** A move, the one that stands at its target, the one that stands at the target of that, and so on. A ring is opened. */
async function lineBehind(storage: Storage, first: Move, waiting: Map<string, Move>): Promise<Move[]> {
  const line = new Set<Move>()
  let move: Move | undefined = waiting.get(foldName(first.now)) === first ? first : undefined
  while (move !== undefined && !line.has(move)) {
    line.add(move)
    const standing = waiting.get(foldName(move.to))
    move = standing === move ? undefined : standing
  }
  if (move !== undefined) {
    const park = `${layout.moving}/${randomUUID()}`
    if ((await storage.stat(move.now)) !== undefined) await storage.move(move.now, park)
    waiting.delete(foldName(move.now))
    move.now = park
    waiting.set(foldName(park), move)
  }
  return [...line]
}

async function arrive(
  storage: Storage,
  move: Move,
  hooks: { clear(path: string): Promise<void>; moved(relocation: Relocation): void },
): Promise<void> {
  if ((await storage.stat(move.now)) === undefined) return
  if (move.now !== move.to) {
    try {
      await storage.move(move.now, move.to)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || (await isOneEntry(storage, move.now, move.to))) throw error
      await hooks.clear(move.to)
      await storage.move(move.now, move.to)
    }
  }
  hooks.moved({ from: move.from, to: move.to })
}

/** Are two paths spellings of one entry? Then the one must not be cleared away for the other. */
async function isOneEntry(storage: Storage, one: string, other: string): Promise<boolean> {
  if (one === other) return true
  if (foldName(one) !== foldName(other)) return false
  const [a, b] = [splitPath(one), splitPath(other)]
  if (!(await isOneEntry(storage, a.folder, b.folder))) return false
  if (a.name === b.name) return true
  const alike = (await storage.list(b.folder)).filter((entry) => foldName(inFolder(b.folder, entry.name)) === foldName(other))
  return alike.length === 1
}
