/** Gets the packages that the program needs at run time, for another system than this one. The lock file pins each by its checksum. */
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Target } from './targets.ts'
import { manifest, root, run } from './workshop.ts'

/** Installs the packages for a target into `folder/node_modules`. */
export function installPackages({ os, cpu }: Target, folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  const installed = join(folder, 'installed')
  mkdirSync(installed, { recursive: true })
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(root, file), join(installed, file))
  const system = [`--os=${os}`, `--cpu=${cpu}`, '--libc=glibc']
  run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', ...system], { cwd: installed })
  // npm also installs tools that some package could use if they were there, such as a compiler.
  copyPackages(Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }), { from: installed, to: folder })
  // Executables also carry what a person may install besides. It is plain JavaScript, the same for every system.
  copyPackages(Object.keys(manifest.peerDependencies), { from: root, to: folder })
  rmSync(installed, { recursive: true })
}

/** One package of an installation. */
export interface Package {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly folder: string
  readonly needs: readonly string[]
}

/** Returns all packages of an installation, by name, and those inside other ones. */
export function packagesIn(folder: string): readonly Package[] {
  const top = join(folder, 'node_modules')
  if (!existsSync(top)) return []
  return readdirSync(top)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => (name.startsWith('@') ? readdirSync(join(top, name)).map((each) => `${name}/${each}`) : [name]))
    .toSorted()
    .flatMap((name) => {
      const read = JSON.parse(readFileSync(join(top, name, 'package.json'), 'utf8')) as {
        readonly version: string
        readonly license: string
        readonly dependencies?: Readonly<Record<string, string>>
        readonly optionalDependencies?: Readonly<Record<string, string>>
      }
      const needs = Object.keys({ ...read.dependencies, ...read.optionalDependencies })
      return [{ name, version: read.version, license: read.license, folder: join(top, name), needs }, ...packagesIn(join(top, name))]
    })
}

/** Copies packages, and all that they need, into `to/node_modules`. Those for other systems are not there. */
export function copyPackages(names: readonly string[], { from, to }: { readonly from: string; readonly to: string }): void {
  const all = packagesIn(from)
  const due = [...names]
  for (const name of due) {
    const [source, target] = [from, to].map((each) => join(each, 'node_modules', name)) as [string, string]
    if (!existsSync(source) || existsSync(target)) continue
    mkdirSync(dirname(target), { recursive: true })
    cpSync(source, target, { recursive: true })
    due.push(...all.filter((each) => each.folder === source || each.folder.startsWith(`${source}/`)).flatMap(({ needs }) => needs))
  }
}
