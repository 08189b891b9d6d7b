import { type Event, isDetail } from '../../events.ts'
import { printableJson } from '../../progress/printable.ts'

/** The outlet, the clock and the detail of JSON lines. */
export interface JsonLinesOptions {
  readonly write: (text: string) => void
  readonly now: () => number
  /** True writes debug events too. */
  readonly verbose: boolean
}

/** Returns an event and its time as one line of JSON: with `--json`, standard output has no other lines. */
export const jsonLine = (fields: { readonly event: string }, at: number): string => {
  const { event, ...rest } = fields
  return `${printableJson(JSON.stringify({ event, at: new Date(at).toISOString(), ...rest }))}\n`
}

const PROGRESS_EVERY = 1000

/** Writes events as JSON lines; of a file's progress at most one line a second. */
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
