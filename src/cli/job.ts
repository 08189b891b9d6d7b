import { type CallsGiven, JOB_VARIABLE, type JobEnd } from '../service/fleet/channel.ts'

/** The worker of a fleet that started this process. */
export interface OwnWorker {
  /** True: the worker decides when a call may be made. */
  readonly allowsCalls: boolean
  readonly end: JobEnd
  /** Calls `ending` when the worker is gone. */
  onGone(ending: () => void): void
}

/** Returns the worker that started this process; undefined for a process that a person or another program started. */
export function ownWorker({ env, channel }: NodeJS.Process): OwnWorker | undefined {
  const kind = env[JOB_VARIABLE]
  if (kind === undefined || !channel) return undefined
  channel.unref()
  return {
    allowsCalls: kind === 'calls',
    end: {
      // A channel that is broken says so by its end.
      send: (message) => void process.send?.(message, undefined, undefined, () => undefined),
      listen: (heard) => {
        process.on('message', (message) => heard(message as CallsGiven))
        channel.unref()
      },
      hold: (isHeld) => (isHeld ? channel.ref() : channel.unref()),
    },
    onGone: (ending) => void process.once('disconnect', ending),
  }
}
