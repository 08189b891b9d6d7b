/** How `parallel` works. */
export interface ParallelOptions {
  /** How many items are worked on at once, at least 1. */
  readonly workers: number
  /** Aborting takes no further item, aborts the workers' own signal, and makes `parallel` reject with the reason. */
  readonly signal?: AbortSignal
  /**
   * Called at once with the first exception, while other workers and the source may still wait for something. Stop here
   * what could keep them waiting: `parallel` rejects only when all of them have ended.
   */
  readonly failed?: (error: unknown) => void
}

/**
 * Works on every item, `workers` of them at a time. An item is asked for only when a worker is free, one request at a time,
 * so a source of any length costs no memory.
 *
 * The first exception, of a worker or of the source, takes no further items, aborts the signal that the workers were given,
 * waits for them, and is rethrown. A source that can wait long should be given as a function: it gets the same signal.
 */
export const parallel = async <T>(
  items: AsyncIterable<T> | Iterable<T> | ((signal: AbortSignal) => AsyncIterable<T>),
  options: ParallelOptions,
  worker: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> => {
  if (!(options.workers >= 1)) throw new RangeError(`Nothing can be done by ${options.workers} workers`)
  const controller = new AbortController()
  const failures: unknown[] = []
  const fail = (error: unknown) => {
    failures.push(error)
    controller.abort(error)
    if (failures.length === 1) options.failed?.(error)
  }
  const abort = () => fail(options.signal?.reason)
  if (options.signal?.aborted) abort()
  options.signal?.addEventListener('abort', abort, { once: true })

  const source = typeof items === 'function' ? items(controller.signal) : items
  const taking = take(source)
  const work = async () => {
    try {
      while (failures.length === 0) {
        const next = await taking.next()
        if (next.done || failures.length > 0) return
        await worker(next.value, controller.signal)
      }
    } catch (error) {
      fail(error)
    }
  }
  try {
    await Promise.all(Array.from({ length: options.workers }, work))
    await taking.return()
  } catch (error) {
    // Only the source's own clean-up can throw here; what stopped the work came first.
    fail(error)
  } finally {
    options.signal?.removeEventListener('abort', abort)
  }
  if (failures.length > 0) throw failures[0]
}

/** A generator queues simultaneous requests, which an iterator in general need not; and it closes the source when it is left. */
async function* take<T>(items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T, void, undefined> {
  yield* items
}
