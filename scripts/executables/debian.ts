/** Makes the package for Debian, Ubuntu and their like. */
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { COMPLETIONS } from './companions.ts'
import { manifest, root, run, settle } from './workshop.ts'

/** The folder of the program, as it is in the archive, and the package that is made of it. See `packTar` for `quick`. */
interface Order {
  readonly folder: string
  readonly architecture: string
  readonly work: string
  readonly output: string
  readonly epoch: number
  readonly quick: boolean
}

const OWN = 'usr/lib/smugmug-backup'
const DOC = 'usr/share/doc/smugmug-backup'

/** The places of the companions, by their path in an archive. Manual pages and changes are compressed, as Debian asks. */
const PLACES: Readonly<Record<string, string>> = {
  'smugmug-backup': `${OWN}/smugmug-backup`,
  node_modules: `${OWN}/node_modules`,
  'CHANGELOG.md': `${DOC}/changelog.gz`,
  'THIRD-PARTY-LICENSES.txt': `${DOC}/THIRD-PARTY-LICENSES.txt`,
  'man/smugmug-backup.1': 'usr/share/man/man1/smugmug-backup.1.gz',
  'man/smugmug-backup.toml.5': 'usr/share/man/man5/smugmug-backup.toml.5.gz',
  [`completions/${COMPLETIONS.bash}`]: 'usr/share/bash-completion/completions/smugmug-backup',
  [`completions/${COMPLETIONS.zsh}`]: 'usr/share/zsh/vendor-completions/_smugmug-backup',
  [`completions/${COMPLETIONS.fish}`]: 'usr/share/fish/vendor_completions.d/smugmug-backup.fish',
}

/** Makes the package. */
export function packDebian({ folder, architecture, work, output, epoch, quick }: Order): void {
  rmSync(work, { recursive: true, force: true })
  for (const [from, to] of Object.entries(PLACES)) {
    const place = join(work, to)
    mkdirSync(dirname(place), { recursive: true })
    cpSync(join(folder, from), place.replace(/\.gz$/, ''), { recursive: true })
    if (place.endsWith('.gz')) run('gzip', ['-9n', place.replace(/\.gz$/, '')])
  }
  const units = join(work, 'usr/lib/systemd/system')
  cpSync(join(root, 'scripts/executables/systemd'), units, { recursive: true })
  mkdirSync(join(work, 'usr/bin'))
  symlinkSync('../lib/smugmug-backup/smugmug-backup', join(work, 'usr/bin/smugmug-backup'))
  writeFileSync(join(work, DOC, 'copyright'), copyright())
  mkdirSync(join(work, 'DEBIAN'))
  const files = filesIn(work)
  writeFileSync(
    join(work, 'DEBIAN/control'),
    control(
      architecture,
      files.map((path) => statSync(join(work, path)).size),
    ),
  )
  writeFileSync(join(work, 'DEBIAN/md5sums'), files.map((path) => `${md5(join(work, path))}  ${path}\n`).join(''))
  settle(work, epoch)
  // Compression in threads gives other bytes on another number of processors.
  const env = { SOURCE_DATE_EPOCH: String(epoch), DPKG_DEB_THREADS_MAX: '1' }
  run('dpkg-deb', ['--root-owner-group', '-Zxz', `-z${quick ? 0 : 6}`, '--build', work, output], { env })
}

const filesIn = (work: string): readonly string[] =>
  readdirSync(work, { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('/DEBIAN'))
    .map((entry) => join(entry.parentPath, entry.name).slice(work.length + 1))
    .toSorted()

const md5 = (path: string): string => createHash('md5').update(readFileSync(path)).digest('hex')

const control = (architecture: string, sizes: readonly number[]): string => `Package: ${manifest.name}
Version: ${manifest.version}
Architecture: ${architecture}
Maintainer: The smugmug-backup authors <smugmug-backup@users.noreply.github.com>
Installed-Size: ${sizes.reduce((sum, size) => sum + Math.ceil(size / 1024), 0)}
Depends: libc6 (>= 2.28), libgcc-s1, libstdc++6 (>= 8)
Section: utils
Priority: optional
Homepage: ${manifest.homepage}
Description: complete, verified copy of a SmugMug account
 Backs up every photo, video and word of a SmugMug account into plain
 folders, and proves that each file arrived as SmugMug has it.
 .
 Node.js is inside: nothing else needs to be installed.
`

const copyright = (): string => `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ${manifest.name}
Source: ${manifest.homepage}
Comment: The licenses of Node.js and of the packages inside are in THIRD-PARTY-LICENSES.txt.

Files: *
Copyright: The smugmug-backup authors
License: Expat

License: Expat
${readFileSync(join(root, 'LICENSE'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => ` ${line.trim() || '.'}`)
  .join('\n')}
`
