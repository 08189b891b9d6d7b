import { parallel } from '../../../flow/parallel.ts'
import { putAside } from '../../../vault/aside.ts'
import { inFolder, splitPath } from '../../../vault/layout.ts'
import type { ItemRecord } from '../../../vault/record/album-record.ts'
import { recordedTime } from '../../../vault/record/recorded-time.ts'
import { writeIfChanged } from '../../../vault/record/write-if-changed.ts'
import { renderXmp, sidecarName, xmpFacts } from '../../../vault/record/xmp.ts'
import { mergeXmp, sidecarText } from '../../../vault/record/xmp-merge.ts'
import { type Relocation, relocate } from '../../../vault/relocate.ts'
import type { AlbumUnderWay, Run } from '../run/run.ts'

/** Small files wait for the disk, not for the processor. */
const AT_ONCE = 16

/** Writes an XMP sidecar beside every held file of an album; what a person or another program wrote in one stays. */
export async function writeSidecars(run: Run, album: AlbumUnderWay, lines: readonly string[]): Promise<void> {
  if (!run.settings.sidecars.includes('xmp') || run.vault.mode !== 'write') return
  await parallel(lines, { workers: AT_ONCE }, async (line) => {
    const item = JSON.parse(line) as ItemRecord
    if (item.state === 'held' && item.vanishedAt === undefined) await writeSidecar(run, album, item)
  })
}

async function writeSidecar(run: Run, album: AlbumUnderWay, item: ItemRecord): Promise<void> {
  const { storage } = run.vault
  const path = inFolder(album.row.folder, sidecarName(item.name, run.settings.sidecarNames))
  const ours = renderXmp(xmpFacts(album.row, item, recordedTime(item)))
  if ((await storage.stat(path)) === undefined) {
    await writeIfChanged(storage, path, () => [ours])
    return
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of storage.read(path)) chunks.push(chunk)
  const existing = sidecarText(Buffer.concat(chunks))
  const merged = existing === undefined ? undefined : mergeXmp(existing, ours)
  if (merged !== undefined) await writeIfChanged(storage, path, () => [merged])
  else {
    const reason = `its sidecar ${splitPath(path).name} is left as it is: it is no XMP that can be merged, or belongs to another photo`
    run.tally.problem({ kind: 'notice', album: album.label, name: item.name, imageKey: item.imageKey, reason })
  }
}

/** A sidecar goes where its file goes, whoever wrote it, unless one stands there that stays. */
export const sidecarFollows = (run: Pick<Run, 'vault' | 'settings'>, from: string, to: string): Promise<void> =>
  sidecarsFollow(run, [{ from, to }])

/** The same for many files at once, also where they swapped names. */
export async function sidecarsFollow(run: Pick<Run, 'vault' | 'settings'>, moves: readonly Relocation[]): Promise<void> {
  const { storage } = run.vault
  for (const style of new Set(['append', run.settings.sidecarNames] as const)) {
    const beside = (path: string): string => inFolder(splitPath(path).folder, sidecarName(splitPath(path).name, style))
    const wanted = moves.map(({ from, to }) => ({ from: beside(from), to: beside(to) })).filter(({ from, to }) => from !== to)
    const leaving = new Set(wanted.map(({ from }) => from))
    const going: Relocation[] = []
    for (const move of wanted) {
      const stays = !leaving.has(move.to) && (await storage.stat(move.to)) !== undefined
      if (!stays && (await storage.stat(move.from)) !== undefined) going.push(move)
    }
    await relocate(storage, going, { clear: async () => undefined, moved: () => undefined })
  }
}

/** The sidecar of a file that has moved, where the new place has one of its own already: history keeps it. */
export async function removeSidecar(run: Pick<Run, 'vault' | 'clock'>, path: string): Promise<void> {
  const sidecar = inFolder(splitPath(path).folder, sidecarName(splitPath(path).name, 'append'))
  await putAside(run.vault.storage, sidecar, {
    place: 'history',
    now: run.clock.now(),
    reason: { why: 'its photo moved, where another sidecar stands' },
  })
}
