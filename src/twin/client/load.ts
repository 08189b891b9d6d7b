import { CALL, type TwinData } from '../format.ts'
import type { PlacesData, WorldData } from '../world.ts'

/** Everything that a script of the twin may hand over. */
type Data = TwinData | WorldData | PlacesData

/** A data file that cannot be loaded: it is missing, or of another version. */
export class LoadError extends Error {
  override readonly name = 'LoadError'
}

declare global {
  interface Window {
    [CALL]?: (data: Data) => void
  }
}

const waiting = new Map<string, (data: Data) => void>()

window[CALL] = (data) => {
  const { currentScript } = document
  if (currentScript instanceof HTMLScriptElement) waiting.get(currentScript.src)?.(data)
}

/** Loads a script by its address relative to the twin's folder. A page from the disk may load scripts, but fetch nothing. */
export function loadScript(address: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const script = document.createElement('script')
  script.src = address
  script.onload = () => {
    script.remove()
    resolve()
  }
  script.onerror = () => {
    script.remove()
    reject(new LoadError('The data of this view cannot be loaded.'))
  }
  document.head.append(script)
  return promise
}

/** Loads a data file. Throws `LoadError`. */
export async function load<Kind extends Data['kind']>(address: string, kind: Kind): Promise<Extract<Data, { kind: Kind }>> {
  let found: Data | undefined
  waiting.set(address, (data) => {
    found = data
  })
  try {
    await loadScript(address)
  } finally {
    waiting.delete(address)
  }
  if (found?.kind !== kind) throw new LoadError('The data of this view cannot be read.')
  return found as Extract<Data, { kind: Kind }>
}
