import { DestinationError } from '../errors.ts'
import type { Output } from './io.ts'

/** A stream that text is written to, and what became of it. */
export interface Outlet {
  write(text: string): void
  /** Writes, and resolves when there is room for more. */
  writeAll(text: string): Promise<void>
  /** Nobody reads any more (`| head`): the rest is dropped without a word. */
  readonly closed: boolean
  /** Why it could not be written although somebody wanted it: a full disk behind `> file`. */
  failure(): DestinationError | undefined
}

/** A reader that went away, or a terminal whose window was closed. */
const GONE: ReadonlySet<string> = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])

/** Opens a stream for writing; `onBroken` is told at once when it cannot be written to any more. */
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
