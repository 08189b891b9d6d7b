/** Makes a single executable: one of Node's programs, with ours inside. */
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NtExecutable, NtExecutableResource, Resource } from 'resedit'
import { fetchNode, type NodeSource } from './node-builds.ts'
import type { Inside } from './pieces.ts'
import { makerOf, type Target } from './targets.ts'
import { manifest, root, run } from './workshop.ts'

/** The mark in Node's programs that says whether another one is inside. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

/** The executable for a target is written to `output`; `folder` is for what is made on the way. */
interface Order {
  readonly target: Target
  readonly inside: Inside
  readonly source: NodeSource
  readonly folder: string
  readonly output: string
}

/** Makes the executable. The same sources give the same bytes. */
export async function makeSingle({ target, inside, source, folder, output }: Order): Promise<void> {
  const blob = await makeBlob({ version: target.node.version, inside, source, folder })
  const node = await fetchNode(target.node, { source })
  if (target.os === 'win32') writeFileSync(output, withOurName(readFileSync(node)))
  else copyFileSync(node, output)
  chmodSync(output, 0o755)
  // In a process of its own: it takes a gigabyte of memory for a moment.
  const postject = fileURLToPath(import.meta.resolve('postject/dist/cli.js'))
  run(process.execPath, [postject, output, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', FUSE])
}

async function makeBlob(order: Pick<Order, 'inside' | 'source' | 'folder'> & { readonly version: string }): Promise<string> {
  const { version, inside, source, folder } = order
  const maker = await fetchNode(makerOf(version), { source })
  mkdirSync(folder, { recursive: true })
  // The blob keeps the path of its main script: it must be the same in every clone.
  copyFileSync(join(root, 'scripts', 'executables', 'loader.cjs'), join(folder, 'loader.cjs'))
  const settings = {
    main: 'loader.cjs',
    output: `inside-${version}.blob`,
    disableExperimentalSEAWarning: true,
    useCodeCache: false,
    useSnapshot: false,
    // No NODE_OPTIONS: a variable that is meant for other programs must not change this one.
    execArgvExtension: 'none',
    assets: inside,
  }
  writeFileSync(join(folder, 'inside.json'), JSON.stringify(settings))
  run(maker, ['--experimental-sea-config', 'inside.json'], { cwd: folder })
  return join(folder, settings.output)
}

/** Puts our name in place of Node's into the properties of a Windows program, and drops a signature that holds no longer. */
function withOurName(node: Buffer): Uint8Array {
  const program = NtExecutable.from(node, { ignoreCert: true })
  const resources = NtExecutableResource.from(program)
  const [version] = Resource.VersionInfo.fromEntries(resources.entries)
  if (version === undefined) throw new Error('node.exe has no version resource.')
  const numbers = `${manifest.version.replace(/-.*/, '')}.0`
  version.setFileVersion(numbers)
  version.setProductVersion(numbers)
  for (const language of version.getAllLanguagesForStringValues()) {
    version.setStringValues(language, {
      FileDescription: 'smugmug-backup',
      ProductName: 'smugmug-backup',
      InternalName: 'smugmug-backup',
      OriginalFilename: 'smugmug-backup.exe',
      CompanyName: 'The smugmug-backup authors',
      LegalCopyright: 'MIT License; contains Node.js, see THIRD-PARTY-LICENSES.txt',
      FileVersion: manifest.version,
      ProductVersion: manifest.version,
    })
  }
  version.outputToResourceEntries(resources.entries)
  resources.outputResource(program)
  return new Uint8Array(program.generate())
}
