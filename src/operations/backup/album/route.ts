import type { Task } from './plan.ts'

/**
 * The stage that a task goes to once its album is listed. `now`: it needs no bytes. `loaders`: it needs bytes. `after all listings`: a
 * collected photo that is skipped if another album holds it. `after the brake`: a replacement, which might be one of too many. An original that comes in place
 * of a smaller picture is no change of the photo.
 */
export type Route = 'now' | 'loaders' | 'after all listings' | 'after the brake'

/** Returns the route of a task. Pure. */
export function routeOf(task: Task, settings: { readonly collected: 'link' | 'copy' | 'skip'; readonly acceptChanges: boolean }): Route {
  if (task.kind === 'keep' || task.kind === 'leave') return 'now'
  if (settings.collected === 'skip' && task.item.collected) return 'after all listings'
  return task.kind === 'replace' && !settings.acceptChanges && !isOriginalAtLast(task) ? 'after the brake' : 'loaders'
}

const isOriginalAtLast = ({ old, item: { availability } }: Extract<Task, { kind: 'replace' }>): boolean =>
  old.grade === 'fallback' && availability.kind === 'ready' && availability.source.grade === 'original'

/** Orders tasks: first those that need no bytes, then the largest, so that no film trails behind when all else is done. */
export const largestFirst = (tasks: readonly Task[]): readonly Task[] => tasks.toSorted((a, b) => bytesOf(b) - bytesOf(a))

const bytesOf = (task: Task): number =>
  task.kind === 'obtain' && task.item.availability.kind === 'ready' ? (task.item.availability.source.size ?? 0) : Number.MAX_SAFE_INTEGER
