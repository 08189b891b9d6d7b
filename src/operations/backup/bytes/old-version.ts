import type { Source } from '../../../model.ts'
import { expectBytes } from '../../expected-bytes.ts'
import type { Job } from '../run/album-under-way.ts'
import { ownTrouble, refused } from '../run/own-trouble.ts'
import type { Run } from '../run/run.ts'
import { setAside } from './place.ts'
import { lostFile } from './strays.ts'

/** Puts into history what the item had before, where a stopped run lost sight of it under another name: it would be left over. */
export async function setOldVersionAside(run: Run, { album, task }: Job, { md5 }: Source): Promise<void> {
  const old = run.vault.catalogue.file(task.item.albumKey, task.item.imageKey)
  if (old === undefined || md5 === undefined || old.md5 === md5) return
  const path = await lostFile(run, old)
  if (path === undefined) return
  const reason = { why: 'replaced on SmugMug', album: album.label, imageKey: task.item.imageKey }
  await run.holdings.withPaths([path], () =>
    ownTrouble(
      async () => {
        // Another item whose name this is may have put it aside meanwhile, and its own file there.
        if ((await lostFile(run, old)) === path) await setAside(run, path, { reason })
      },
      refused(run, { album: album.label, name: task.name }, 'its old file could not be put aside'),
    ),
  )
}

/** Replacements that one commit notes: more would save little, and after an interruption each noted file is hashed, which in a bucket means read whole. */
const AT_ONCE = 64

/**
 * Yields jobs in their order. Notes before, for some of them at a time, the bytes that replace others, if the job `begins` when it is taken. `obtain` does so
 * itself for an item that has to be asked about first.
 */
export function* expectingNew(run: Run, jobs: readonly Job[], begins: (job: Job) => boolean): Generator<Job, void, undefined> {
  for (let at = 0; at < jobs.length; at += AT_ONCE) {
    const next = jobs.slice(at, at + AT_ONCE)
    const coming = next.filter(begins).flatMap(({ task }) => {
      if (task.kind !== 'replace' || task.item.availability.kind !== 'ready') return []
      return [{ file: task.old, source: task.item.availability.source }]
    })
    expectBytes(run.vault.catalogue, coming)
    yield* next
  }
}
