/** Makes the executables, and all that is released with them. */
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { packTar, packZip } from './archives.ts'
import { billOf } from './bill.ts'
import { addCompanions, LICENSES } from './companions.ts'
import { packDebian } from './debian.ts'
import { makeFolder } from './folder.ts'
import { licensesOf } from './licenses.ts'
import { type NodeSource, nodeLicense } from './node-builds.ts'
import { copyPackages, installPackages } from './packages.ts'
import { type Inside, makeInside } from './pieces.ts'
import { type Released, recipes } from './recipes.ts'
import { makeSingle } from './single.ts'
import type { Target } from './targets.ts'
import { epochOf, manifest, run, settle } from './workshop.ts'

export interface Order {
  readonly targets: readonly Target[]
  readonly source: NodeSource
  /** The folder that is filled. It is emptied first. */
  readonly output: string
  /** True packs loosely, in a fraction of the time: for trials. */
  readonly quick: boolean
  readonly say: (text: string) => void
}

interface Shop extends Order {
  readonly work: string
  readonly inside: Inside
  readonly epoch: number
}

/** Makes everything for the targets. */
export async function build(order: Order): Promise<void> {
  const { targets, output, say } = order
  // A missing tool is named now, and not after minutes of work.
  for (const tool of ['tar', 'gzip', 'dpkg-deb', ...(targets.some(({ archive }) => archive === 'zip') ? ['zip'] : [])])
    run(tool, ['--version'])
  rmSync(output, { recursive: true, force: true })
  mkdirSync(output, { recursive: true })
  const work = mkdtempSync(join(tmpdir(), 'smugmug-backup-executables-'))
  try {
    const inside = await makeInside(join(work, 'pieces'))
    const shop: Shop = { ...order, work, inside, epoch: epochOf() }
    const released: Released[] = []
    for (const target of targets) released.push(await make(target, shop))
    for (const [path, text] of recipes(released)) {
      mkdirSync(dirname(join(output, path)), { recursive: true })
      writeFileSync(join(output, path), text)
    }
    const files = readdirSync(output, { withFileTypes: true }).filter((entry) => entry.isFile())
    const sums = files.map(({ name }) => `${sha256(join(output, name))}  ${name}\n`)
    writeFileSync(join(output, 'SHA256SUMS'), sums.toSorted((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1)).join(''))
    say(`SHA256SUMS: ${files.length} files, in ${output}`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

async function make(target: Target, shop: Shop): Promise<Released> {
  const { work, source, epoch, output, say } = shop
  const name = `${manifest.name}-${manifest.version}-${target.name}`
  const [packages, folder] = [join(work, 'packages'), join(work, name)]
  installPackages(target, packages)
  mkdirSync(folder)
  if (target.form === 'folder') await makeFolder({ node: target.node, source, packages, folder: work, output: folder })
  else await makeLone({ target, shop, packages, folder })
  const licenses = licensesOf({ node: await nodeLicense(target.node, source), packages })
  addCompanions(folder, licenses)
  if (target.form === 'single') writeFileSync(join(output, `${name}.${LICENSES}`), licenses)
  writeFileSync(join(output, `${name}.cdx.json`), billOf(target, { packages, epoch }))
  settle(folder, epoch)
  const archive = `${name}.${target.archive}`
  const pack = target.archive === 'zip' ? packZip : packTar
  pack({ folder, output: join(output, archive), quick: shop.quick })
  if (target.debian !== undefined) {
    const architecture = target.debian
    const path = join(output, `${manifest.name}_${manifest.version}_${architecture}.deb`)
    packDebian({ folder, architecture, work: join(work, 'debian'), output: path, epoch, quick: shop.quick })
  }
  rmSync(folder, { recursive: true })
  say(`${target.name}: ${archive}`)
  return { target: target.name, file: archive, sha256: sha256(join(output, archive)) }
}

/** Makes the single executable, with sharp beside it, and puts a copy that is alone into the output. */
async function makeLone(order: {
  readonly target: Target
  readonly shop: Shop
  readonly packages: string
  readonly folder: string
}): Promise<void> {
  const { target, shop, packages, folder } = order
  const { inside, source, work, output } = shop
  const ending = target.os === 'win32' ? '.exe' : ''
  const program = join(folder, `smugmug-backup${ending}`)
  await makeSingle({ target, inside, source, folder: join(work, 'making'), output: program })
  copyPackages(['sharp'], { from: packages, to: folder })
  copyFileSync(program, join(output, `${manifest.name}-${manifest.version}-${target.name}${ending}`))
}
