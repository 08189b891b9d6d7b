import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'

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
  const folder = new URL('dist/twin/', top())
  if (!existsSync(folder)) throw new Error(`${fileURLToPath(folder)} is missing: run \`npm run build\``)
  return readdirSync(folder).map((path) => ({ path, bytes: readFileSync(new URL(path, folder)) }))
}

/** Returns the table of places: a line a town. */
export const placesTable = (): string => brotliDecompressSync(readFileSync(new URL('dist/places.txt.br', top()))).toString()
