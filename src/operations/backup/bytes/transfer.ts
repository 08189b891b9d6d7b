import { isDeepStrictEqual } from 'node:util'
import { IntegrityError, RequestError, ServiceError } from '../../../errors.ts'
import { StorageError } from '../../../vault/storage/storage.ts'
import { done } from '../album/finish.ts'
import type { Task } from '../album/plan.ts'
import { type AlbumWork, itemRow, type Job, pathOf, type Run } from '../run/run.ts'
import { fetchCompanions } from './companions.ts'
import { conclude, leave, record } from './conclude.ts'
import { obtain } from './place.ts'
import { retime } from './retime.ts'

/** So many files in a row without any answer mean that SmugMug is out of reach; more where more are under way at once. */
const silenceOf = (run: Run): number => Math.max(50, 2 * run.settings.concurrentDownloads)

/** A loader's work: the task, then, when it was the album's last, the album. */
export async function transferJob(run: Run, job: Job): Promise<void> {
  await transferWithCompanions(run, job)
  await done(run, job.work)
}

/** One task, and the files that belong beside its photo. */
export async function transferWithCompanions(run: Run, job: Job): Promise<void> {
  await transfer(run, job)
  await fetchCompanions(run, job.work, job.task)
}

/**
 * Carries out one task and gives it its one outcome. A single item's trouble is an outcome; what throws here ends the run
 * (the destination, the sign-in, an unreachable service, a bug).
 */
async function transfer(run: Run, { work, task }: Job): Promise<void> {
  try {
    switch (task.kind) {
      case 'keep':
        await keep(run, work, task)
        break
      case 'leave':
        leave(run, work, task, task.outcome, task.reason)
        break
      case 'obtain':
      case 'replace':
        await obtain(run, work, task)
    }
    run.silence.files = 0
  } catch (error) {
    fail(run, work, task, error)
  }
}

/** Nothing to fetch; what else has changed is written down. */
async function keep(run: Run, work: AlbumWork, task: Extract<Task, { kind: 'keep' }>): Promise<void> {
  const { item, name, file, before, from } = task
  const row = itemRow(item, { name, wanted: work.wanted.get(item.imageKey) ?? name }, 'held')
  if (before === undefined || !isDeepStrictEqual(before, row)) run.vault.catalogue.putItem(row)
  const { forceMetadataTimes } = run.settings
  const captured = forceMetadataTimes ? await retime(run, item, { path: pathOf(work, name), captured: file.captured }) : file.captured
  if (file.serial !== item.serial || file.captured !== captured) run.vault.catalogue.putFile({ ...file, serial: item.serial, captured })
  conclude(run, work, task, {
    kind: from === undefined ? 'kept' : 'moved',
    grade: file.grade,
    size: file.size,
    ...(from !== undefined && { from }),
  })
}

function fail(run: Run, work: AlbumWork, task: Task, error: unknown): void {
  if (run.signal.aborted && isAbort(error, run.signal)) {
    work.unjudged = true
    return
  }
  if (error instanceof RequestError || error instanceof IntegrityError) {
    const gone = error instanceof RequestError && (error.status === 404 || error.status === 410)
    if (gone && task.item.isVideo && task.kind === 'obtain') {
      leave(run, work, task, 'impossible', 'SmugMug lists a playable version of this video but does not have it (404)')
      return
    }
    record(run, work, task, 'failed', error.message)
    conclude(run, work, task, { kind: 'failed', reason: error.message })
    run.silence.files = error instanceof RequestError && error.transient && error.status === undefined ? run.silence.files + 1 : 0
    if (run.silence.files < silenceOf(run)) return
    throw new ServiceError(`SmugMug cannot be reached: ${error.message} (${run.silence.files} files in a row).`, {
      hint: 'Check the connection to the internet and run the backup again; what is stored is kept.',
      cause: error,
    })
  }
  if (error instanceof StorageError) {
    const reason = `could not be stored: ${error.message}`
    record(run, work, task, 'failed', reason)
    conclude(run, work, task, { kind: 'failed', reason })
    return
  }
  throw error
}

const isAbort = (error: unknown, signal: AbortSignal): boolean => error === signal.reason || (error as Error)?.name === 'AbortError'
