import { randomUUID } from 'node:crypto'
import { layout } from './layout.ts'
import { foldName } from './naming/safe-path.ts'
import type { Storage } from './storage/storage.ts'

/** A file or folder that gets another path. */
export interface Relocation {
  readonly from: string
  readonly to: string
}

/**
 * Gives many files or folders new paths at once: chains (A→B, B→C) and swaps (A→B, B→A) included, nothing overwritten.
 * A cycle is opened by moving one of it to `.smugmug-backup/moving/`, where a crash leaves it for the next run to find.
 *
 * `clear` is asked to put aside what stands at a target and does not take part; `moved` is told of each one that arrived,
 * so that the catalogue follows step by step. One that is gone from its place is left out.
 */
export async function relocate(
  storage: Storage,
  relocations: readonly Relocation[],
  hooks: { clear(path: string): Promise<void>; moved(relocation: Relocation): void },
): Promise<void> {
  const waiting = new Map(relocations.map((r) => [foldName(r.from), { ...r, now: r.from }]))
  while (waiting.size > 0) {
    let progress = false
    for (const move of [...waiting.values()]) {
      const standing = waiting.get(foldName(move.to))
      if (standing !== undefined && standing !== move) continue
      await arrive(storage, move, hooks)
      waiting.delete(foldName(move.now))
      progress = true
    }
    if (progress) continue
    const [move] = waiting.values()
    if (move === undefined) return
    const park = `${layout.moving}/${randomUUID()}`
    if ((await storage.stat(move.now)) !== undefined) await storage.move(move.now, park)
    waiting.delete(foldName(move.now))
    waiting.set(foldName(park), { ...move, now: park })
  }
  await storage.pruneFolders(layout.moving)
}

async function arrive(
  storage: Storage,
  move: Relocation & { readonly now: string },
  hooks: { clear(path: string): Promise<void>; moved(relocation: Relocation): void },
): Promise<void> {
  if ((await storage.stat(move.now)) === undefined) return
  if (move.now !== move.to) {
    try {
      await storage.move(move.now, move.to)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      await hooks.clear(move.to)
      await storage.move(move.now, move.to)
    }
  }
  hooks.moved({ from: move.from, to: move.to })
}
