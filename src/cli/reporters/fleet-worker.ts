import { formatBytes } from '../../events.ts'
import { formatDuration, formatMoment } from '../../progress/format.ts'
import { nextStep } from '../../service/fleet/next-step.ts'
import type { WorkerNews } from '../../service/fleet/worker.ts'
import { type LogOptions, logTo } from './log.ts'

/** Returns a function that says what a worker does: a line with its time for people, an event for scripts. */
export function reportWorker(options: LogOptions): (news: WorkerNews) => void {
  const { stage } = options
  const say = logTo(options)
  return (news) => {
    switch (news.kind) {
      case 'begins': {
        const { account, attempt } = news
        stage.line({ event: 'fleet.job', ...{ state: 'began', account, attempt } })
        return say(`${account}: begins${attempt > 0 ? ' again, because the worker that had it is gone' : ''}.`)
      }
      case 'ended': {
        const { account, durationMs, following, end } = news
        const { exitCode, message, bytes } = end
        const next = following?.state === 'active' ? new Date(following.nextAt).toISOString() : undefined
        stage.line({ event: 'fleet.job', ...{ state: 'ended', account, ...end, durationMs, next } })
        const how = exitCode === undefined ? 'was ended by a signal' : `ended with exit code ${exitCode}`
        const text = `${account}: ${how} after ${formatDuration(durationMs)}, ${formatBytes(bytes)}. ${[message, ...thenWords(news)].join(' ')}`
        return exitCode === 0 || exitCode === 6 || exitCode === 130 ? say(text) : stage.emit({ event: 'warning', message: text })
      }
      case 'away':
        return stage.emit({ event: 'warning', message: `${news.message} What runs goes on; the worker asks again.` })
      case 'refused':
        return stage.emit({
          event: 'warning',
          message: `The database allows no calls: ${news.message}. Backups wait for them; the worker asks again.`,
        })
      case 'back':
        return say('The database answers again.')
      default:
        return news satisfies never
    }
  }
}

/** Says what follows from a backup. */
function thenWords({ account, following, end }: Extract<WorkerNews, { kind: 'ended' }>): readonly string[] {
  if (following === undefined) return []
  switch (following.state) {
    case 'active':
      return [`Next: ${formatMoment(following.nextAt)}.`]
    case 'waiting':
      return [`It waits for a person. ${nextStep({ name: account, ...end })}`]
    case 'paused':
      return ['It is paused.']
    case 'removed':
      return ['It belongs to the fleet no more.']
    default:
      return following.state satisfies never
  }
}
