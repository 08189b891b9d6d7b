import type { Uploaded } from '../../smugmug/account-writer.ts'
import { changeAndRead } from './make-nodes.ts'
import type { RestoreRun } from './run.ts'
import type { Label } from './source.ts'

/** The reason for leaving a photo visible that no restore uploaded. */
const STOOD_UNHIDDEN = 'it was hidden before, and stood there unhidden: hide it yourself'

/** Sees to it that a photo which was hidden is hidden now. Returns whether it is, and names it if not; one that no restore uploaded is left. */
export async function hide(run: RestoreRun, label: Label, { imageKey, serial }: Uploaded): Promise<boolean> {
  const { journal, writer, signal } = run.job
  const target = { kind: 'image', imageKey, serial } as const
  if ((await writer.read(target, signal))?.Hidden === true) return true
  const isOurs = journal.hasUploaded(imageKey)
  if (isOurs && (await changeAndRead(run, target, { Hidden: true })).length === 0) return true
  run.open({ ...label, needsYou: true, reason: isOurs ? 'SmugMug did not hide it: hide it yourself' : STOOD_UNHIDDEN })
  return false
}
