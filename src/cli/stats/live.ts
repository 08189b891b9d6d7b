import type { Emit } from '../../events.ts'
import { createCounters } from '../../progress/counters.ts'
import { metricsText } from '../../progress/metrics.ts'
import { openMonitor } from '../../progress/vitals.ts'
import { type Ending, wordsOf } from '../../progress/words.ts'
import type { Io } from '../io.ts'
import type { Options } from '../options.ts'
import type { Stage } from '../stage.ts'
import { openStatsServer } from './server.ts'

/** The numbers of a run, served while it goes on. */
export interface Live {
  /** Passes each event to the stage, and counts it. */
  readonly emit: Emit
  /** Shows the end on every open page, and stops. Does nothing the second time. */
  close(ending?: Ending): void
}

const EVERY_MS = 1000

const reasonOf = (error: NodeJS.ErrnoException, port: number): string => {
  switch (error.code) {
    case 'EADDRINUSE':
      return `another program uses port ${port}`
    case 'EACCES':
    case 'EPERM':
      return `the system does not permit port ${port}`
    default:
      return error.message
  }
}

/** Serves the numbers of the run, and prints the page's address. If the port cannot be opened, it warns and returns undefined. */
export const openLive = async (io: Io, stage: Stage, options: Pick<Options, 'quiet' | 'stats'>): Promise<Live | undefined> => {
  const port = typeof options.stats === 'number' ? options.stats : io.statsPort
  const counters = createCounters(stage.view, io.now)
  const monitor = openMonitor(io.now)
  let ending: Ending | undefined
  const server = await openStatsServer(port, {
    json: () => JSON.stringify(wordsOf(counters.numbers(), monitor.read(), ending)),
    metrics: () => metricsText(counters.numbers(), monitor.read()),
  }).catch((error: NodeJS.ErrnoException) => {
    monitor.close()
    const message = `The page of --stats cannot be shown: ${reasonOf(error, port)}. The run goes on without it. To use another port: --stats=PORT.`
    stage.emit({ event: 'warning', message })
  })
  if (server === undefined) return undefined
  if (!options.quiet) stage.say(`The numbers of this run are shown at ${server.url}`)
  const stop = io.every(EVERY_MS, () => {
    counters.sample()
    monitor.read()
    server.publish()
  })
  let open = true
  return {
    emit: (event) => {
      stage.emit(event)
      counters.apply(event)
    },
    close: (how) => {
      if (!open) return
      open = false
      ending = how
      stop()
      server.close()
      monitor.close()
    },
  }
}
