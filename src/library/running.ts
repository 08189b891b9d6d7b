import type { Request } from '../app/app.ts'
import { readGivenSettings } from '../config/given.ts'
import type { Settings } from '../config/settings.ts'
import { InterruptedError, isAbort } from '../errors.ts'
import type { Emit } from '../events.ts'
import { noTotals } from '../model.ts'
import type { Outcome } from '../operations/outcome.ts'
import { SURROUNDINGS } from './kinds.ts'
import { type GivenOptions, objectOf, readOptions } from './options.ts'

/** The names of the options that every operation takes. */
export const COMMON = ['settings', 'emit', 'signal', 'env'] as const

/** Reads the settings of an operation. Throws `ConfigurationError`. */
export const settingsIn = (given: GivenOptions): Settings =>
  readGivenSettings(given.settings === undefined ? {} : objectOf(given.settings, 'settings'))

/** The end of an operation that was stopped and has nothing to show. */
export const interrupted = (): Outcome => ({
  exitCode: 130,
  message: 'Interrupted before it was finished.',
  totals: noTotals,
  problems: [],
})

/** Settings that were read, and the surroundings as they were given. */
export interface Call {
  readonly settings: Settings
  readonly given: GivenOptions
}

/**
 * Runs one operation with what it needs. When the caller's signal ends it, the result is that of `stopped`; without one,
 * `InterruptedError` is thrown. An error that the caller's own `emit` throws stops the operation and is thrown at its end.
 */
export async function running<T>({ settings, given }: Call, work: (request: Request) => Promise<T>, stopped?: () => T): Promise<T> {
  const { emit, signal, env } = readOptions(given, SURROUNDINGS)
  const controller = new AbortController()
  const stop = (): void => controller.abort(signal?.reason)
  let failure: { readonly error: unknown } | undefined
  const failed = (error: unknown): void => {
    failure ??= { error }
    controller.abort()
  }
  const guarded: Emit = (event) => {
    if (emit === undefined || failure !== undefined) return
    try {
      const answer: unknown = emit(event)
      if (answer instanceof Promise) answer.catch(failed)
    } catch (error) {
      failed(error)
    }
  }
  signal?.addEventListener('abort', stop)
  if (signal?.aborted === true) stop()
  try {
    if (stopped !== undefined) controller.signal.throwIfAborted()
    const result = await work({ settings, emit: guarded, signal: controller.signal, ...(env !== undefined && { env }) })
    if (failure === undefined) return result
  } catch (error) {
    if (failure === undefined) {
      if (!controller.signal.aborted || !isAbort(error, controller.signal)) throw error
      if (stopped !== undefined) return stopped()
      throw new InterruptedError('Interrupted before there was an answer.', { cause: error })
    }
  } finally {
    signal?.removeEventListener('abort', stop)
  }
  throw failure.error
}
