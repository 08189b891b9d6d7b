import { formatClock } from '../progress/format.ts'
import { withArticle } from '../progress/phase.ts'
import type { ServiceView } from './service.ts'
import type { TaskKind } from './tasks.ts'

const NOUNS: Readonly<Record<TaskKind, string>> = {
  backup: 'backup',
  'dry-run': 'dry run',
  verify: 'verification',
  copy: 'update of the copies',
  prune: 'prune',
  twin: 'update of the twin',
  'look-ahead': 'look ahead',
}

/** Returns the noun for a kind of task: `backup`, `verification`. */
export const taskNoun = (kind: TaskKind): string => NOUNS[kind]

/** Returns it with its article: `a backup`, `an update of the twin`. */
export const aTask = (kind: TaskKind): string => withArticle(NOUNS[kind])

/** Says what a service does next; undefined where it does nothing by itself. */
export const turnWords = ({ next }: ServiceView, now: number): string | undefined =>
  next && `Next: ${aTask(next.kind)}${next.at > now ? ` at ${formatClock(next.at, now)}` : ''} (${next.why}).`

/** Says what a service waits for, and what it does next; undefined where it does nothing by itself. */
export const nextWords = (view: ServiceView, now: number): string | undefined =>
  [view.waiting?.sentence, turnWords(view, now)].filter((text) => text !== undefined).join(' ') || undefined
