import { DestinationError } from '../errors.ts'
import type { Output } from './io.ts'

/** A stream for text, and its state. */
export interface Outlet {
  write(text: string): void
  /** Writes, and resolves when the stream has taken the text. */
  writeAll(text: string): Promise<void>
  /** True once nobody reads any more (`| head`): the rest is dropped silently. */
  readonly closed: boolean
  /** Returns the reason for lost output that a reader wanted, such as a full disk behind `> file`. */
  failure(): DestinationError | undefined
}

/** The error codes of a reader that went away, or of a closed terminal window. */
const GONE: ReadonlySet<string> = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])

/** Opens a stream for writing; calls `onBroken` as soon as it can no longer be written to. */
export const openOutlet = (stream: Output, name: string, onBroken: () => void): Outlet => {
  let closed = false
  let failure: DestinationError | undefined
  const broken = (error: NodeJS.ErrnoException): void => {
    if (GONE.has(error.code ?? '')) closed = true
    else
      failure ??= new DestinationError(`${name} could not be written: ${error.message}.`, {
        cause: error,
        hint: 'Check the disk that it goes to.',
      })
    onBroken()
  }
  stream.on('error', broken)
  const usable = (): boolean => !closed && failure === undefined
  return {
    write: (text) => {
      if (usable()) stream.write(text)
    },
    writeAll: (text) =>
      new Promise((resolve) => {
        if (!usable()) resolve()
        else stream.write(text, () => resolve())
      }),
    get closed() {
      return closed
    },
    failure: () => failure,
  }
}
