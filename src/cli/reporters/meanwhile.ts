import type { Event, Problem } from '../../events.ts'
import { formatCount, formatNumber } from '../../events.ts'
import { formatBytes } from '../../progress/format.ts'
import { outageText } from '../../progress/phase.ts'
import type { RunView } from '../../progress/run-view.ts'

const REPEAT_EVERY = 30_000
const MOST_REASONS = 500
const SAME_WAIT = 5000

/** The first line of a backup: the others wait for SmugMug's answer. */
export const BEGINNING = 'Asking SmugMug for your albums'

/** Returns the next two lines of a run: which account goes where, and the size of what is to be held. */
export const accountLines = (
  view: RunView,
  { nickName, albums, items, chosen, bytes }: Extract<Event, { event: 'account' }>,
): readonly string[] => {
  const doing = view.dryRun ? 'Dry run, nothing is written:' : view.operation === 'adopt' ? 'Adopting files of' : 'Backing up'
  const of = (part: number | undefined, whole: number): string => (part === undefined || part === whole ? '' : `${formatNumber(part)} of `)
  const some = items === undefined ? '' : `${of(chosen?.items, items)}${formatCount(items, 'item')} in `
  const size = bytes === undefined ? '' : `, ${formatBytes(bytes)}`
  return [
    `${doing} ${nickName}${view.destination === undefined ? '' : ` → ${view.destination}`}`,
    `${some}${of(chosen?.albums, albums)}${formatCount(albums, 'album')}${size}`,
  ]
}

/** Recognises waits that end close to an earlier one: they have no line of their own. */
export class WaitLines {
  readonly #saidUntil = new Map<string, number>()

  /** Is a line due for this wait? Notes it. */
  isDue({ host, reason, untilMs }: Extract<Event, { event: 'waiting' }>, now: number): boolean {
    const key = host ?? reason
    const said = this.#saidUntil.get(key) ?? 0
    if (now < said && untilMs <= said + SAME_WAIT) return false
    if (this.#saidUntil.size < MOST_REASONS) this.#saidUntil.set(key, untilMs)
    return true
  }
}

/** Says once that a server does not answer, then every half minute, and once that it answers again. */
export class OutageLines {
  readonly #view: RunView
  readonly #now: () => number
  #saidAt: number | undefined

  constructor(view: RunView, now: () => number) {
    this.#view = view
    this.#now = now
  }

  /** Returns the line that is due when a request is tried again. */
  tried(): readonly string[] {
    const [outage] = this.#view.outages
    if (outage === undefined || (this.#saidAt !== undefined && this.#now() - this.#saidAt < REPEAT_EVERY)) return []
    this.#saidAt = this.#now()
    return [outageText(outage)]
  }

  /** Returns the line that is due when a request was answered. */
  answered(): readonly string[] {
    if (this.#saidAt === undefined || this.#view.outages.length > 0) return []
    this.#saidAt = undefined
    return ['SmugMug answers again.']
  }
}

/** Recognises problems that differ from an earlier one only in their names and numbers. */
export class Repeated {
  readonly #seen = new Set<string>()

  /** Was there a problem with this reason before? Notes it. */
  has({ kind, name, imageKey, album, reason }: Problem): boolean {
    const names = [name, imageKey, album].filter((each) => each !== undefined && each !== '')
    const bare = names.reduce((text: string, each) => text.replaceAll(each ?? '', ''), reason).replaceAll(/\S*\d\S*/g, '#')
    const key = `${kind} ${bare}`
    if (this.#seen.has(key)) return true
    if (this.#seen.size < MOST_REASONS) this.#seen.add(key)
    return false
  }
}
