/** Makes the container image: Debian's C library, the program, and nothing else. */
import { chmodSync, cpSync, existsSync, lutimesSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { epochOf, manifest, run, settle } from '../executables/workshop.ts'
import { writeBill } from './bill.ts'
import { type Descriptor, Layout } from './layout.ts'
import { librariesFor, PROCESSORS, type Processor, unpackLibrary } from './libraries.ts'

/** The order for an image. */
export interface ImageRequest {
  /** The folder with the archives for Linux. */
  readonly from: string
  /** The folder that gets the image, and its bills. */
  readonly output: string
  /** The address of Debian. */
  readonly mirror: URL
  /** True packs loosely, in a fraction of the time: for trials. */
  readonly quick: boolean
}

/** The user of the image, if a container names no other. */
export const USER = 65532

/** The folder of the program in the image. */
export const PROGRAM = '/usr/lib/smugmug-backup/smugmug-backup'

/** Folders that any user may write to: `--user` may name anybody. */
const OPEN = ['tmp', 'config', 'state']

/**
 * Makes the image for all processors as one archive in the form of the Open Container Initiative. Returns its file, and the checksum by which a
 * registry knows it. The same archives give the same bytes.
 */
export async function makeImage({
  from,
  output,
  mirror,
  quick,
}: ImageRequest): Promise<{ readonly file: string; readonly digest: string }> {
  const work = mkdtempSync(join(tmpdir(), 'smugmug-backup-image-'))
  try {
    const epoch = epochOf()
    const name = `${manifest.name}-${manifest.version}-image`
    const layout = new Layout(join(work, name))
    const annotations = {
      'org.opencontainers.image.created': new Date(epoch * 1000).toISOString(),
      'org.opencontainers.image.licenses': manifest.license,
      'org.opencontainers.image.source': manifest.homepage,
      'org.opencontainers.image.title': manifest.name,
      'org.opencontainers.image.version': manifest.version,
    }
    const images: Descriptor[] = []
    for (const processor of PROCESSORS) {
      const [base, program] = [await makeBase(processor, { mirror, epoch, work }), makeProgram(processor, { from, epoch, work })]
      const layers = [base, program].map((folder) => layout.addLayer({ folder, work, quick }))
      const created = annotations['org.opencontainers.image.created']
      images.push(layout.addImage({ architecture: processor.name, layers, config: configOf(annotations), created, annotations }))
      writeBill(processor, { from, output, name, epoch })
    }
    const digest = layout.end(images, { name: manifest.version, annotations })
    settle(join(work, name), epoch)
    const file = join(output, `${name}.tar`)
    const form = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--format=ustar']
    run('tar', ['--create', ...form, '--file', file, '--directory', join(work, name), 'blobs', 'index.json', 'oci-layout'])
    return { file, digest }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

const SECOND = 1e9

/**
 * Returns the settings with which a container starts; docs/automation.md and the Dockerfile have the same. /backup is no volume: where nothing is
 * mounted, a run must end with exit code 5. The health check is Docker's own addition to the format, which other engines pass over.
 */
export const configOf = (labels: Readonly<Record<string, string>>): object => ({
  User: `${USER}:${USER}`,
  ExposedPorts: { '8980/tcp': {} },
  Env: ['PATH=/usr/bin', 'HOME=/config', 'SMGMG_BK_DESTINATION=/backup', 'SMUGMUG_BACKUP_IMAGE=1', 'MALLOC_ARENA_MAX=1'],
  Entrypoint: [PROGRAM],
  Cmd: ['service'],
  WorkingDir: '/config',
  Healthcheck: {
    Test: ['CMD', 'smugmug-backup', 'service', '--check'],
    Interval: 300 * SECOND,
    Timeout: 30 * SECOND,
    StartPeriod: 3600 * SECOND,
  },
  Labels: labels,
  StopSignal: 'SIGTERM',
})

interface Shop {
  readonly epoch: number
  readonly work: string
}

/** Makes the folder with the C library, and with the few files that it reads. */
async function makeBase(processor: Processor, { mirror, epoch, work }: Shop & { readonly mirror: URL }): Promise<string> {
  const folder = join(work, `base-${processor.name}`)
  for (const library of librariesFor(processor)) await unpackLibrary(library, { mirror, folder })
  dropEmpty(folder)
  symlinkSync('usr/lib', join(folder, 'lib'))
  if (existsSync(join(folder, 'usr/lib64'))) symlinkSync('usr/lib64', join(folder, 'lib64'))
  mkdirSync(join(folder, 'etc'))
  const users = [`root:x:0:0:root:/config:/nologin`, `smugmug-backup:x:${USER}:${USER}::/config:/nologin`]
  writeFileSync(join(folder, 'etc/passwd'), `${users.join('\n')}\n`)
  writeFileSync(join(folder, 'etc/group'), `root:x:0:\nsmugmug-backup:x:${USER}:\n`)
  writeFileSync(join(folder, 'etc/nsswitch.conf'), 'hosts: files dns\n')
  for (const name of OPEN) mkdirSync(join(folder, name))
  settle(folder, epoch)
  for (const name of OPEN) {
    chmodSync(join(folder, name), 0o1777)
    lutimesSync(join(folder, name), epoch, epoch)
  }
  return folder
}

const dropEmpty = (folder: string): string => run('find', [folder, '-type', 'd', '-empty', '-delete'])

/** Makes the folder with the program, as its archive has it. */
function makeProgram({ name, target }: Processor, { from, epoch, work }: Shop & { readonly from: string }): string {
  const folder = join(work, `program-${name}`)
  const full = `${manifest.name}-${manifest.version}-${target}`
  const archive = join(from, `${full}.tar.gz`)
  if (!existsSync(archive)) throw new Error(`${archive} is missing: npm run executables makes it.`)
  const place = join(folder, 'usr/lib/smugmug-backup')
  mkdirSync(place, { recursive: true })
  mkdirSync(join(folder, 'usr/bin'))
  run('tar', ['--extract', '--gzip', '--file', archive, '--directory', work])
  cpSync(join(work, full), place, { recursive: true })
  rmSync(join(work, full), { recursive: true })
  symlinkSync('../lib/smugmug-backup/smugmug-backup', join(folder, 'usr/bin/smugmug-backup'))
  settle(folder, epoch)
  return folder
}
