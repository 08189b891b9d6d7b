import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'
import type { NameOf } from '../twin/places.ts'

/** The program's own files. */
interface Manifest {
  readonly version: string
  readonly homepage: string
}

let known: Manifest | undefined

/** Returns the program's name and version. */
export function manifest(): Manifest {
  known ??= JSON.parse(readFileSync(new URL('package.json', top()), 'utf8')) as Manifest
  return known
}

/** Returns the folder of the installation: package.json lies beside src/ in a checkout, beside dist/ in the package. */
function top(): URL {
  const url = ['../../', '../../../']
    .map((path) => new URL(path, import.meta.url))
    .find((each) => existsSync(new URL('package.json', each)))
  if (url === undefined) throw new Error('package.json is missing from the installation')
  return url
}

/** Returns the files that every twin needs: the script, the style sheet, the map. `npm run build` makes them. */
export function twinAssets(): readonly { readonly path: string; readonly bytes: Uint8Array }[] {
  return assetsIn('twin')
}

/** Returns the files that the local page needs besides: those of a live run, health and set-up. */
export const liveAssets = (): ReturnType<typeof twinAssets> => assetsIn('live')

function assetsIn(name: string): ReturnType<typeof twinAssets> {
  const folder = new URL(`dist/${name}/`, top())
  if (!existsSync(folder)) throw new Error(`${fileURLToPath(folder)} is missing: run \`npm run build\``)
  return readdirSync(folder).map((path) => ({ path, bytes: readFileSync(new URL(path, folder)) }))
}

/** Returns the table of places: a line a town. */
export const placesTable = (): string => brotliDecompressSync(readFileSync(new URL('dist/places.txt.br', top()))).toString()

/** Returns the names of places. The table is read when the first name is asked for: a run without changes needs none. */
export function lazily(read: () => NameOf): NameOf {
  let names: NameOf | undefined
  return (latitude, longitude) => {
    names ??= read()
    return names(latitude, longitude)
  }
}
