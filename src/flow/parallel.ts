/** Options of `parallel`. */
export interface ParallelOptions {
  /** Number of items worked on at once, at least 1. */
  readonly workers: number
  /** Aborting takes no further item, aborts the workers' own signal, and makes `parallel` reject with the reason. */
  readonly signal?: AbortSignal
  /**
   * Callback for the first exception, called at once, while other workers and the source may still wait for something.
   * It must end those waits: `parallel` rejects only when all of them have ended.
   */
  readonly failed?: (error: unknown) => void
}

/**
 * Calls `worker` for every item, for `workers` of them at a time. It asks for an item only when a worker is free, one at a time,
 * so a source of any length costs no memory.
 *
 * After the first exception, of a worker or of the source, it takes no further item, aborts the workers' signal,
 * waits for the workers, and rethrows the exception. Give a source that can wait long as a function: it gets the same signal.
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
    // Only the source's own clean-up can throw here; an exception that stopped the workers came first.
    fail(error)
  } finally {
    options.signal?.removeEventListener('abort', abort)
  }
  if (failures.length > 0) throw failures[0]
}

/** Returns a generator over the items. It queues simultaneous requests, which other iterators need not do, and closes the source when left. */
async function* take<T>(items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T, void, undefined> {
  yield* items
}
