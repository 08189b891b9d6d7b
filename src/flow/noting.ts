/** Passes a stream on, and calls `failed` when it fails: the one who stores its bytes then knows whose trouble it was. */
export async function* noting(bytes: AsyncIterable<Uint8Array>, failed: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes
  } catch (error) {
    failed()
    throw error
  }
}
