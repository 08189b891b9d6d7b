import { isDeepStrictEqual } from 'node:util'
import { IntegrityError, isAbort, RequestError } from '../../../errors.ts'
import { StorageError } from '../../../vault/storage/storage.ts'
import { plain, prefixed } from '../../plain.ts'
import type { Task } from '../album/plan.ts'
import { type Job, pathOf } from '../run/album-under-way.ts'
import { itemRow, type Run } from '../run/run.ts'
import { retime } from './camera-time.ts'
import { fetchCompanions, noteChanged } from './companions.ts'
import { conclude, leave } from './conclude.ts'
import { obtain } from './obtain.ts'

/**
 * Carries out one task, gives it its one outcome, and fetches the files that belong beside its photo. A single item's failure is an
 * outcome; an exception ends the run (the destination, the sign-in, an unreachable service, a bug).
 */
export async function carryOut(run: Run, job: Job): Promise<void> {
  try {
    await settle(run, job)
    run.reach.files.answered()
  } catch (error) {
    fail(run, job, error)
  }
  await fetchCompanions(run, job)
}

async function settle(run: Run, job: Job): Promise<void> {
  const { task } = job
  switch (task.kind) {
    case 'keep':
      return keep(run, job, task)
    case 'leave':
      return leave(run, job, { kind: task.outcome, reason: task.reason })
    case 'obtain':
    case 'replace':
      return obtain(run, { ...job, task })
  }
}

/** Fetches nothing; notes every other change. */
async function keep(run: Run, job: Job, task: Extract<Task, { kind: 'keep' }>): Promise<void> {
  const { item, name, file, before, from } = task
  const row = itemRow(item, { name, wanted: job.album.wanted.get(item.imageKey) ?? name }, { state: 'held' })
  if (before === undefined || !isDeepStrictEqual(before, row)) run.vault.catalogue.putItem(row)
  const { forceMetadataTimes } = run.settings
  const captured = forceMetadataTimes ? await retime(run, item, { path: pathOf(job.album, name), captured: file.captured }) : file.captured
  if (forceMetadataTimes) run.vault.catalogue.noteMark(file, 'unseen')
  if (file.serial !== item.serial) noteChanged(run, item)
  if (file.serial !== item.serial || file.captured !== captured) run.vault.catalogue.putFile({ ...file, serial: item.serial, captured })
  conclude(run, job, {
    kind: from === undefined ? 'kept' : 'moved',
    grade: file.grade,
    size: file.size,
    ...(from !== undefined && { from }),
  })
}

const NOT_THERE = 'SmugMug lists a playable version, but does not have it'

/** Turns one item's failure into its outcome; throws an error that concerns the whole run. */
function fail(run: Run, job: Job, error: unknown): void {
  const { task } = job
  if (run.signal.aborted && isAbort(error, run.signal)) {
    job.album.incomplete = true
    return
  }
  if (error instanceof RequestError || error instanceof IntegrityError) {
    const gone = error instanceof RequestError && (error.status === 404 || error.status === 410)
    if (gone && task.item.isVideo && task.kind === 'obtain') {
      leave(run, job, { kind: 'impossible', ...plain(error), reason: NOT_THERE })
    } else {
      leave(run, job, { kind: 'failed', ...plain(error) })
      run.reach.files.failed(error)
    }
  } else if (error instanceof StorageError) {
    const what = error.permanent ? 'this disk cannot hold it' : 'could not be stored'
    leave(run, job, { kind: 'failed', ...prefixed(what, plain(error)) })
  } else throw error
}
