import { inFolder, splitPath } from '../../vault/layout.ts'
import { sidecarName } from '../../vault/record/sidecar-names.ts'
import type { Sheet } from './files.ts'
import { type HeldItem, pathsOf } from './held.ts'
import type { HandoverRun, WholeAlbum } from './job.ts'
import { sidecarText, writeBeside } from './sidecars.ts'
import { COPY_SCRIPT } from './texts/copy.ts'

/** The way in which a copied file gets its words: a sidecar beside it, or into the copy itself. */
export type Wording = 'beside' | 'embed'

/** One album to list for the script that copies. */
export interface CopiedAlbum {
  readonly album: WholeAlbum
  /** The name of its folder of sidecars. */
  readonly id: string
  readonly held: readonly HeldItem[]
  readonly style: 'append' | 'replace'
  wordingOf(path: string): Wording
}

/** Writes the sidecars of an album, and lists its files for the script: how it gets its words, its path, its sidecar, and the sidecar's path. */
export async function listCopies(run: HandoverRun, sheet: Sheet, { album, id, held, style, wordingOf }: CopiedAlbum): Promise<void> {
  const sidecars: { readonly path: string; readonly text: string }[] = []
  const taken = new Set<string>()
  for (const [index, each] of held.entries()) {
    const sidecar = `sidecars/${id}/${index}.xmp`
    sidecars.push({ path: sidecar, text: sidecarText(album.head, each) })
    const paths = pathsOf(each)
    for (const path of paths) {
      const { folder, name } = splitPath(path)
      const wording = wordingOf(path)
      const beside = inFolder(folder, sidecarName(name, style))
      if (wording === 'beside' && taken.has(beside)) {
        const reason = 'another file has its sidecar already'
        run.report({ kind: 'failed', album: album.head.urlPath, name, imageKey: each.item.imageKey, reason, needsYou: true })
        continue
      }
      if (wording === 'beside') taken.add(beside)
      await sheet.write(`${[wording, path, sidecar, beside].join('\t')}\n`)
    }
    await writeBeside(run, each, { album: album.head, style, paths: paths.filter((path) => wordingOf(path) === 'beside') })
  }
  await run.files.folder(`sidecars/${id}`, sidecars)
}

/** Returns the files that the script needs. */
export const copyFiles = ({ vault }: HandoverRun) => [
  { path: 'copy.sh', text: COPY_SCRIPT },
  { path: 'vault.txt', text: `${vault.location}\n` },
]
