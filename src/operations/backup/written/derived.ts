import type { Problem } from '../../../events.ts'
import { breathe } from '../../../flow/breathe.ts'
import { ALBUM_RECORD, layout } from '../../../vault/layout.ts'
import { standingOf, streamOwn } from '../../../vault/record/own-files.ts'
import type { StorageError } from '../../../vault/storage/storage.ts'
import { isCsvElsewhere, sumsOf, writeCsv, writeReadme } from '../../derived-files.ts'
import { writeState } from '../../state.ts'
import type { Survey } from '../../survey.ts'
import { ownTrouble, refused } from '../run/own-trouble.ts'
import type { Run } from '../run/run.ts'
import { noteFileTimes } from './file-times.ts'
import { rewriteHead } from './records.ts'

/** One step at the end of a run. */
interface Step {
  /** The file of ours that it writes: a refusal is reported by this name. */
  readonly name: string
  readonly due: boolean
  run(): Promise<unknown>
}

/**
 * Writes the files that derive from the records and the catalogue: checksum files, metadata.csv, the state for `rebuild`. If the disk
 * refuses one, it is named in the report, the others are written all the same, and the next run writes all of them anew.
 */
export async function writeDerived(run: Run, survey: Survey): Promise<void> {
  const { vault } = run
  if (vault.mode === 'pretend') return
  const { derived, tally } = run
  const changed = [derived.stale, tally.changed, derived.recordsChanged, survey.missing, survey.damaged, tally.albumsFailed].some(Boolean)
  let isWhole = true
  for (const step of [...(run.signal.aborted ? [] : keeping(run)), ...writing(run, { changed, hasCsv: survey.hasCsv })]) {
    const refuse = refused(run, { name: step.name }, 'it could not be brought up to date')
    if (!step.due) continue
    await ownTrouble(step.run, (error) => {
      isWhole = false
      refuse(error)
    })
  }
  if (isWhole) vault.catalogue.setMeta('derived', 'current')
}

/** Returns the steps that an interrupted run leaves out. */
function keeping(run: Run): readonly Step[] {
  const { catalogue } = run.vault
  if (run.changes.otherAccount && run.acceptChanges === true) catalogue.setMeta('account', run.view.owner.nickName)
  const due = run.derived.settingsChanged || catalogue.meta('manner') === undefined
  return [{ name: ALBUM_RECORD, due, run: () => rewriteVanished(run) }]
}

/** Returns the steps for the files at the top of the vault and in our own folder. */
function writing(run: Run, { changed, hasCsv }: { readonly changed: boolean; readonly hasCsv: boolean }): readonly Step[] {
  const { vault, settings } = run
  const { storage } = vault
  const damaged = (problem: Problem): void => run.tally.problem({ ...problem, kind: 'album' })
  const sumsFile = (path: string, hash: 'md5' | 'sha256'): Step => ({
    name: path,
    due: true,
    run: async () => {
      if (changed || !(await isAsWritten(run, path))) await streamOwn(vault, path, sumsOf(vault, hash))
    },
  })
  return [
    sumsFile(layout.md5sums, 'md5'),
    sumsFile(layout.sha256sums, 'sha256'),
    {
      name: layout.metadataCsv,
      due: settings.writeCsv && (changed || !hasCsv || isCsvElsewhere(vault)),
      run: () => writeCsv(vault, damaged),
    },
    { name: layout.catalogue, due: true, run: () => noteFileTimes(run) },
    { name: layout.readme, due: true, run: () => writeReadme(storage) },
    { name: layout.state, due: true, run: () => writeState(vault, { isChanged: changed }) },
  ]
}

/**
 * Writes the records of vanished albums with the present settings: they are never listed, which would do it. If one is refused, the settings
 * count as changed in the next run, too.
 */
async function rewriteVanished(run: Run): Promise<void> {
  const { catalogue } = run.vault
  let refusal: StorageError | undefined
  for (const album of catalogue.eachAlbum()) {
    await breathe()
    if (album.vanishedAt === undefined) continue
    await ownTrouble(
      () => rewriteHead(run, album),
      (error) => {
        refusal ??= error
      },
    )
  }
  if (refusal !== undefined) throw refusal
  if (run.selection === undefined) catalogue.setMeta('manner', run.derived.settingsPrint)
}

/** Are the size and time of a file of ours as they were when it was written? */
async function isAsWritten({ vault }: Run, path: string): Promise<boolean> {
  const entry = await vault.storage.stat(path)
  return entry !== undefined && (await standingOf(vault, path, { entry })) === 'written'
}
