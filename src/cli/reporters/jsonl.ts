import { type Event, isDetail } from '../../events.ts'
import { printableJson } from '../../progress/printable.ts'

/** What JSON lines need. */
export interface JsonLinesOptions {
  readonly write: (text: string) => void
  readonly now: () => number
  /** Debug events too. */
  readonly verbose: boolean
}

/** One line of JSON with what happened and when: the only shape that standard output has under `--json`. */
export const jsonLine = (fields: { readonly event: string }, at: number): string => {
  const { event, ...rest } = fields
  return `${printableJson(JSON.stringify({ event, at: new Date(at).toISOString(), ...rest }))}\n`
}

const PROGRESS_EVERY = 1000

/** Writes events as JSON lines; of a file's progress at most one a second. */
export const createJsonLines = ({ write, now, verbose }: JsonLinesOptions): ((event: Event) => void) => {
  let progressAt = Number.NEGATIVE_INFINITY
  const due = (): boolean => {
    if (now() - progressAt < PROGRESS_EVERY) return false
    progressAt = now()
    return true
  }
  return (event) => {
    if (isDetail(event) && !verbose) return
    if (event.event === 'transfer.progress' && !due()) return
    write(jsonLine(event, now()))
  }
}
