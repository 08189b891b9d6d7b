/** Makes the folder for a system whose Node must stay as it was signed: the npm package, its packages, Node, and a script that starts it. */
import { chmodSync, copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fetchNode, type NodeSource } from './node-builds.ts'
import type { NodeBuild } from './targets.ts'
import { manifest, run } from './workshop.ts'

const LAUNCHER = `#!/bin/sh
# Starts smugmug-backup with the Node beside this file, also through links, such as those of Homebrew.
self=$0
while [ -h "$self" ]; do
  to=$(readlink "$self")
  case $to in
    /*) self=$to ;;
    *) self=$(dirname "$self")/$to ;;
  esac
done
folder=$(cd "$(dirname "$self")" && pwd -P) || exit
# Variables that are meant for other programs must not change this one.
unset NODE_OPTIONS NODE_PATH
exec "$folder/node" "$folder/bin/smugmug-backup.cjs" "$@"
`

/** The folder `output` is filled; `packages` is an installation for the same system, and `folder` is for what is made on the way. */
interface Order {
  readonly node: NodeBuild
  readonly source: NodeSource
  readonly packages: string
  readonly folder: string
  readonly output: string
}

/** Fills the folder. `dist/` must have been built. */
export async function makeFolder({ node, source, packages, folder, output }: Order): Promise<void> {
  mkdirSync(folder, { recursive: true })
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder])
  const packed = join(folder, `${manifest.name}-${manifest.version}.tgz`)
  run('tar', ['--extract', '--gzip', '--file', packed, '--directory', output, '--strip-components', '1'])
  rmSync(packed)
  cpSync(join(packages, 'node_modules'), join(output, 'node_modules'), { recursive: true })
  const program = join(output, 'node')
  copyFileSync(await fetchNode(node, { source }), program)
  chmodSync(program, 0o755)
  writeFileSync(join(output, 'smugmug-backup'), LAUNCHER, { mode: 0o755 })
}
