/**
 * `npm run image [-- --from DIR] [--output DIR] [--debian-from ADDRESS]`: makes the container image for amd64 and arm64 of the archives for Linux that
 * `npm run executables` has put into DIR. It needs no container engine, and no root. `--renew` writes down Debian's present libraries instead.
 */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './executables/workshop.ts'
import { makeImage } from './image/build.ts'
import { DEBIAN, renew } from './image/libraries.ts'

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: join(root, 'executables') },
    output: { type: 'string' },
    'debian-from': { type: 'string', default: DEBIAN },
    renew: { type: 'boolean', default: false },
  },
})

const mirror = URL.parse(values['debian-from'])
if (mirror === null) {
  console.error(`--debian-from takes an address such as ${DEBIAN}, not ${values['debian-from']}.`)
  process.exitCode = 2
} else if (values.renew) {
  await renew(mirror, (text) => console.log(text))
} else {
  const from = resolve(values.from)
  const { file, digest } = await makeImage({ from, mirror, output: resolve(values.output ?? from), quick: false })
  console.log(`${file}\n${digest}`)
}
