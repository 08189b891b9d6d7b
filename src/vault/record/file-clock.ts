import { captureTime } from '../naming/capture-time.ts'
import { exifExtent, exifHeadBytes, readExifTimes } from './exif.ts'

/** Gathers the first bytes of a file as they pass, to read the camera's clock from them. */
export class FileClock {
  readonly #chunks: Uint8Array[] = []
  #size = 0
  #wanted = exifHeadBytes

  /** Takes the next bytes; keeps only those near the beginning. */
  see(chunk: Uint8Array): void {
    if (this.full) return
    if (this.#chunks.length === 0) this.#wanted = Math.min(exifHeadBytes, exifExtent(chunk))
    this.#chunks.push(chunk)
    this.#size += chunk.length
  }

  get full(): boolean {
    return this.#size >= this.#wanted
  }

  /** Returns the camera's wall clock as recorded in the file, with its offset where it has one: `2019-08-04T11:28:12-04:00`. */
  read(): string | undefined {
    const [first = new Uint8Array(), ...others] = this.#chunks
    // As a rule it lies in the first bytes that come, which need no copy.
    const exif = readExifTimes(others.length === 0 ? first : Buffer.concat(this.#chunks))
    const time = exif && captureTime({ exif })
    return time && `${time.local}${time.offset ?? ''}`
  }
}

/** Reads the camera's clock of a stored file. */
export async function clockOf(bytes: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const clock = new FileClock()
  for await (const chunk of bytes) {
    clock.see(chunk)
    if (clock.full) break
  }
  return clock.read()
}
