import { formatMoment } from '../../progress/format.ts'
import { capitalized } from '../../progress/phase.ts'
import type { ServiceNews } from '../../service/service.ts'
import { aTask, taskNoun } from '../../service/words.ts'
import { type LogOptions, logTo } from './log.ts'

/** Returns a function that says what the service does: a line with its time for people, an event for scripts. */
export function reportService(options: LogOptions): (news: ServiceNews) => void {
  const { stage } = options
  const say = logTo(options)
  return (news) => {
    switch (news.kind) {
      case 'begins': {
        const { kind, state } = news.task
        stage.line({ event: 'task', ...{ kind, state, why: news.why } })
        return say(`${capitalized(aTask(kind))} begins: ${news.why}.`)
      }
      case 'ended': {
        const { kind, state, exitCode, message, hint, isStopped } = news.task
        stage.line({ event: 'task', ...{ kind, state, exitCode, message, hint } })
        const words = [`The ${taskNoun(kind)} ended${exitCode === undefined ? '' : ` with exit code ${exitCode}`}:`, message, hint]
        const text = words.filter((word) => word !== undefined).join(' ')
        return exitCode === 0 || exitCode === 6 || isStopped === true ? say(text) : stage.emit({ event: 'warning', message: text })
      }
      case 'next': {
        const { kind, at, why } = news.turn
        stage.line({ event: 'next', ...{ kind, moment: new Date(at).toISOString(), why } })
        return say(`Next: ${aTask(kind)} at ${formatMoment(at)} (${why}).`)
      }
      case 'waits':
        return stage.emit({ event: 'warning', message: news.sentence })
      case 'goes on':
        return say('The service goes on.')
      default:
        return news satisfies never
    }
  }
}
