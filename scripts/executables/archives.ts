/** Packs folders, so that the same files give the same bytes. */
import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { run } from './workshop.ts'

/** A settled folder, and the archive that is made of it. `quick` makes a larger one in a fraction of the time, for trials. */
interface Order {
  readonly folder: string
  readonly output: string
  readonly quick: boolean
}

/** Packs a folder into `output.tar.gz`. */
export function packTar({ folder, output, quick }: Order): void {
  const form = [
    '--sort=name',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--format=ustar',
    `--use-compress-program=gzip -n -${quick ? 1 : 9}`,
  ]
  run('tar', ['--create', ...form, '--file', output, '--directory', dirname(folder), basename(folder)])
}

/** Packs a folder into `output.zip`. */
export function packZip({ folder, output, quick }: Order): void {
  const top = dirname(folder)
  const files = readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(top.length + 1))
    .toSorted()
  // A zip has local times: without a zone they would be those of the builder.
  const env = { TZ: 'UTC' }
  run('zip', ['--quiet', '-X', `-${quick ? 1 : 9}`, '-@', output], { cwd: top, env, input: `${files.join('\n')}\n` })
}
