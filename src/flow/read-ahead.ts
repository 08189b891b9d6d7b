/**
 * Lets a source run ahead of who consumes it, by at most `limit` items (at least 1).
 * An error of the source is thrown in its place, after the items before it. Leaving early closes the source,
 * once the item it is working on has come.
 */
export async function* readAhead<T>(source: AsyncIterable<T> | Iterable<T>, limit: number): AsyncGenerator<T, void, undefined> {
  const buffer: T[] = []
  let ended = false
  let left = false
  let arrival = Promise.withResolvers<void>()
  let room = Promise.withResolvers<void>()

  const fill = async () => {
    try {
      for await (const item of source) {
        if (left) return
        buffer.push(item)
        arrival.resolve()
        while (buffer.length >= limit && !left) {
          room = Promise.withResolvers()
          await room.promise
        }
        if (left) return
      }
    } finally {
      ended = true
      arrival.resolve()
    }
  }

  const filling = fill()
  // Its error is thrown below, in its turn; until then it must not count as unhandled.
  filling.catch(() => {})
  try {
    for (;;) {
      if (buffer.length > 0) {
        const item = buffer.shift() as T
        room.resolve()
        yield item
      } else if (ended) {
        await filling
        return
      } else {
        arrival = Promise.withResolvers()
        await arrival.promise
      }
    }
  } finally {
    left = true
    room.resolve()
    await filling.catch(() => {})
  }
}
