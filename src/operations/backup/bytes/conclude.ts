import type { Task } from '../album/plan.ts'
import { type AlbumWork, itemRow, pathOf, type Run } from '../run/run.ts'
import type { Outcome } from '../run/tally.ts'

/** Gives the task its one outcome. */
export function conclude(
  run: Run,
  work: AlbumWork,
  task: Pick<Task, 'item' | 'name'>,
  outcome: Omit<Outcome, 'album' | 'imageKey' | 'name' | 'path'>,
): void {
  run.tally.item({ ...outcome, album: work.label, imageKey: task.item.imageKey, name: task.name, path: pathOf(work, task.name) })
}

/** Nothing can be done now; it is said why. */
export function leave(run: Run, work: AlbumWork, task: Task, kind: 'pending' | 'impossible', reason: string): void {
  record(run, work, task, kind, reason)
  conclude(run, work, task, { kind, reason })
}

/** Writes down how an item stands. */
export function record(
  run: Run,
  work: AlbumWork,
  task: Task,
  state: 'held' | 'elsewhere' | 'failed' | 'pending' | 'impossible',
  reason?: string,
): void {
  const wanted = work.wanted.get(task.item.imageKey) ?? task.name
  run.vault.catalogue.putItem(itemRow(task.item, { name: task.name, wanted }, state, reason))
}

/** Until it is known where a collected item is held, its words are recorded all the same. */
export function noteElsewhere(run: Run, work: AlbumWork, task: Task): void {
  if (run.vault.catalogue.item(task.item.albumKey, task.item.imageKey) === undefined) record(run, work, task, 'elsewhere')
}
