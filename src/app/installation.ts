import { brotliDecompressSync } from 'node:zlib'
import type { NameOf } from '../twin/places.ts'
import { ownFile, ownNames } from './own-files.ts'

/** The program's own files. */
interface Manifest {
  readonly version: string
  readonly homepage: string
}

let known: Manifest | undefined

/** Returns the program's name and version. */
export function manifest(): Manifest {
  known ??= JSON.parse(Buffer.from(ownFile('package.json')).toString()) as Manifest
  return known
}

/** Returns the files that every twin needs: the script, the style sheet, the map. `npm run build` makes them. */
export function twinAssets(): readonly { readonly path: string; readonly bytes: Uint8Array }[] {
  return assetsIn('twin')
}

let pages: ReadonlyMap<string, Uint8Array> | undefined

/** Returns the scripts and style sheets of the local page by name. They are there without a vault, too. */
export const pageAssets = (): ReadonlyMap<string, Uint8Array> => {
  pages ??= new Map([...twinAssets(), ...assetsIn('live')].map(({ path, bytes }) => [path, bytes]))
  return pages
}

const assetsIn = (name: string): ReturnType<typeof twinAssets> =>
  ownNames(`dist/${name}`).map((path) => ({ path, bytes: ownFile(`dist/${name}/${path}`) }))

/** Returns the table of places: a line a town. */
export const placesTable = (): string => brotliDecompressSync(ownFile('dist/places.txt.br')).toString()

/** Returns the names of places. The table is read when the first name is asked for: a run without changes needs none. */
export function lazily(read: () => NameOf): NameOf {
  let names: NameOf | undefined
  return (latitude, longitude) => {
    names ??= read()
    return names(latitude, longitude)
  }
}
