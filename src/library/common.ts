import type { SettingsInput } from '../config/given.ts'
import type { Emit } from '../events.ts'

/** The part of an `AbortSignal` that is used here: that of Node, of a browser and of others all fit. */
export interface StopSignal {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** Variables of an environment, such as `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>

/** The options that every operation takes. */
export interface OperationOptions {
  readonly settings?: SettingsInput | undefined
  /** Receives every event at once, and must be quick. If it throws, the operation is stopped and rejects with that error. */
  readonly emit?: Emit | undefined
  /** Once aborted, the operation finishes the files in flight and starts nothing new. */
  readonly signal?: StopSignal | undefined
  /**
   * The environment: `HTTPS_PROXY` and `NO_PROXY`, and `HOME` for the notes that keep an unmounted disk from being mistaken for an empty
   * one. It gives no settings. Default: none.
   */
  readonly env?: Variables | undefined
}
