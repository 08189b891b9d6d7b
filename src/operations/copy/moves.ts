import { splitPath } from '../../vault/layout.ts'
import { relocate } from '../../vault/relocate.ts'
import { pruneFolders } from '../../vault/storage/abilities.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import { plain, prefixed } from '../plain.ts'
import { type AlbumPlan, heldRow, type MovedFile } from './plan.ts'
import { type CopyRun, makeWay, refuse, unlessRefused } from './run.ts'

/** Gives files of the copy the paths that they have in the first vault, chains and swaps included. Nothing is read. */
export async function moveFiles(
  run: CopyRun,
  { moved, doubtful }: { readonly moved: readonly MovedFile[]; readonly doubtful: AlbumPlan['doubtful'] },
): Promise<void> {
  const { storage, catalogue } = run.to
  const byPath = new Map(moved.map((each) => [each.from, each]))
  await relocate(
    storage,
    [...moved, ...doubtful].map(({ from, path }) => ({ from, to: path })),
    {
      clear: async (path) => {
        if (run.isBraked) throw new StorageError(`${path} stands there, and the safety brake holds it`, { code: 'EEXIST', path })
        await makeWay(run, path)
      },
      moved: ({ from }) => {
        const file = byPath.get(from)
        if (file === undefined) return
        catalogue.putFile(heldRow(file))
        run.tally.moved += 1
        run.left.add(splitPath(from).folder)
      },
      failed: ({ from }, error) => {
        const file = byPath.get(from)
        if (file === undefined) return
        // It is looked for by hash the next time.
        catalogue.putFile({ ...heldRow(file), state: 'missing' })
        refuse(run, from, prefixed('it could not be moved in the copy', plain(error)))
      },
    },
  )
  for (const folder of new Set(moved.map(({ from }) => splitPath(from).folder)))
    await unlessRefused(
      () => pruneFolders(storage, folder),
      () => undefined,
    )
}
