/**
 * Waits for all promises, also when one fails, then throws the first failure: none is left to use something that the caller
 * is about to close. Calls `stop` at once with each failure, so that the others can end early.
 */
export async function together<T extends readonly unknown[]>(
  promises: { readonly [K in keyof T]: Promise<T[K]> },
  stop: (error: unknown) => void = () => undefined,
): Promise<T> {
  let failure: { readonly error: unknown } | undefined
  const guarded = promises.map((promise: Promise<unknown>) =>
    promise.catch((error: unknown) => {
      failure ??= { error }
      stop(error)
    }),
  )
  const values = await Promise.all(guarded)
  if (failure !== undefined) throw failure.error
  return values as unknown as T
}
