import { splitPath } from '../../vault/layout.ts'
import { pruneFolders } from '../../vault/storage/abilities.ts'
import { hashStrays, isAside } from './bring.ts'
import { type CopyRun, setAside, unlessRefused } from './run.ts'

/**
 * Puts files aside that a killed run left under a name that no item has now, if the copy holds the same bytes under another, or in its history:
 * nothing else removes them. A file with other bytes is left alone.
 */
export async function putLeftoversAside(run: CopyRun): Promise<void> {
  const { storage, catalogue } = run.to
  for (const { path, size } of [...catalogue.strays.each()]) {
    if (run.signal.aborted) return
    if (isAside(path) || /\.xmp$/i.test(path)) continue
    await hashStrays(run, size)
    const { md5 } = catalogue.strays.get(path) ?? {}
    if (md5 === undefined) continue
    const isHeld = catalogue.filesByMd5(md5).some((file) => file.size === size)
    if (!isHeld && !catalogue.strays.byMd5(md5, size).some((other) => isAside(other.path))) continue
    await unlessRefused(
      async () => {
        await setAside(run, path, { why: 'the copy holds the same bytes under another name' })
        await pruneFolders(storage, splitPath(path).folder)
      },
      (error) => run.emit({ event: 'debug', message: `${path} could not be put aside: ${error.message}` }),
    )
  }
}
