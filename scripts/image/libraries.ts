/** Fetches the libraries of Debian that the program needs beside the kernel: each pinned by its checksum. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { root, run } from '../executables/workshop.ts'

/** The address of Debian. It keeps present versions only; https://snapshot.debian.org/archive/debian/DAY has those of a day. */
export const DEBIAN = 'http://deb.debian.org/debian'

const SUITE = 'trixie'
const NAMES = ['libc6', 'libgcc-s1', 'libstdc++6'] as const

/** A processor as containers, which follow Debian here, and as our archives spell it. */
export interface Processor {
  readonly name: 'amd64' | 'arm64'
  readonly target: 'linux-x64' | 'linux-arm64'
}

export const PROCESSORS: readonly Processor[] = [
  { name: 'amd64', target: 'linux-x64' },
  { name: 'arm64', target: 'linux-arm64' },
]

/** One package of Debian. */
export interface Library {
  readonly name: string
  readonly version: string
  /** The path of its file below the address of Debian. */
  readonly path: string
  readonly sha256: string
}

const PINS = join(root, 'scripts', 'image', 'libraries.json')
const CACHE = join(root, 'node_modules', '.cache', 'image')

/** Returns the pinned libraries for a processor. */
export const librariesFor = ({ name }: Processor): readonly Library[] =>
  (JSON.parse(readFileSync(PINS, 'utf8')) as Readonly<Record<Processor['name'], readonly Library[]>>)[name]

/** Unpacks a library into a folder: its shared objects, and its license. Throws unless its checksum is the pinned one. */
export async function unpackLibrary(
  library: Library,
  { mirror, folder }: { readonly mirror: URL; readonly folder: string },
): Promise<void> {
  const path = join(CACHE, basename(library.path))
  if (!existsSync(path)) {
    const bytes = await download(mirror, library.path)
    mkdirSync(CACHE, { recursive: true })
    writeFileSync(`${path}.${process.pid}`, bytes)
    renameSync(`${path}.${process.pid}`, path)
  }
  const found = createHash('sha256').update(readFileSync(path)).digest('hex')
  if (found !== library.sha256) {
    rmSync(path)
    throw new Error(`${library.path} has another checksum than scripts/image/libraries.json: ${found}. It is not used.`)
  }
  mkdirSync(folder, { recursive: true })
  run('dpkg-deb', ['--extract', path, folder])
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' })) {
    const file = join(entry.parentPath, entry.name)
    const isWanted = /\/lib(?:64)?\/(?:[^/]+-linux-gnu\/)?[^/]+\.so(?:\.\d+)*$/.test(file) || file.endsWith('/copyright')
    if (!entry.isDirectory() && !isWanted) rmSync(file)
  }
}

async function download(mirror: URL, path: string): Promise<Uint8Array> {
  const address = new URL(path, `${mirror.href.replace(/\/$/, '')}/`)
  const answer = await fetch(address)
  if (answer.ok) return await answer.bytes()
  throw new Error(
    `${address} answered with ${answer.status}. Debian keeps present versions only: take those with npm run image -- --renew, or name an address with --debian-from that keeps older ones.`,
  )
}

/** Writes down the present libraries: the ones to be pinned from now on. */
export async function renew(mirror: URL, say: (text: string) => void): Promise<void> {
  const pins: Record<string, readonly Library[]> = {}
  for (const { name } of PROCESSORS) {
    const packed = join(CACHE, `Packages-${name}.xz`)
    mkdirSync(dirname(packed), { recursive: true })
    writeFileSync(packed, await download(mirror, `dists/${SUITE}/main/binary-${name}/Packages.xz`))
    const listed = run('xz', ['--decompress', '--stdout', packed]).split('\n\n')
    rmSync(packed)
    pins[name] = NAMES.map((library) => {
      const entry = listed.find((text) => text.startsWith(`Package: ${library}\n`)) ?? ''
      const field = (key: string): string => new RegExp(`^${key}: (.+)$`, 'm').exec(entry)?.[1] ?? ''
      say(`${name}: ${library} ${field('Version')}`)
      return { name: library, version: field('Version'), path: field('Filename'), sha256: field('SHA256') }
    })
  }
  writeFileSync(PINS, `${JSON.stringify(pins, null, 2)}\n`)
}
