/** Other machines, as far as this one can play them: a system with nothing but the C library, another processor, Windows. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system of its own, with a program in `/opt`. */
export interface Machine {
  /** Runs the program to its end. */
  run(parameters: readonly string[]): { readonly status: number | null; readonly said: string }
  remove(): void
}

/** The file that takes the output of a program that cannot write to a pipe. */
const SAID = '/tmp/said'

/** The machines, by target: the packages of Debian that they have, and the command that starts a program there. */
const MACHINES: Readonly<Record<string, Kind>> = {
  'linux-x64': {
    suite: 'bookworm',
    architecture: 'amd64',
    variant: 'extract',
    packages: ['libc6', 'libstdc++6', 'libgcc-s1'],
    through: [],
  },
  'linux-arm64': {
    suite: 'bookworm',
    architecture: 'arm64',
    variant: 'extract',
    packages: ['libc6', 'libstdc++6', 'libgcc-s1'],
    through: ['/qemu-aarch64-static'],
    emulator: '/usr/bin/qemu-aarch64-static',
  },
  // Node from 24 on needs Wine 10, which came with Debian 13. Node cannot write to the pipes of Wine, and Wine keeps what it has set up only
  // if its server ends in peace.
  'windows-x64': {
    suite: 'trixie',
    architecture: 'amd64',
    variant: 'minbase',
    packages: ['wine', 'wine64'],
    through: [
      '/bin/sh',
      '-c',
      `/usr/lib/wine/wine64 "$@" </dev/null >${SAID} 2>&1; code=$?; /usr/lib/wine/wineserver64 -w; exit $code`,
      'sh',
    ],
  },
}

interface Kind {
  readonly suite: string
  readonly architecture: string
  readonly variant: string
  readonly packages: readonly string[]
  readonly through: readonly string[]
  /** A program of this machine that is put into the other one. */
  readonly emulator?: string
}

/** Starts a command in a root. `/proc` is that of its processes alone, and is gone with them. */
const START = 'mount -t proc proc "$1/proc" && exec chroot "$@"'

/** Returns the reason why a machine cannot be played here; false where it can. */
export function cannotPlay(target: string): string | false {
  const kind = MACHINES[target]
  if (kind === undefined) return `nothing here runs ${target}`
  if (process.getuid?.() !== 0) return 'chroot needs root'
  if (spawnSync('mmdebstrap', ['--version']).status !== 0) return 'mmdebstrap is not installed'
  if (kind.emulator !== undefined && spawnSync(kind.emulator, ['--version']).status !== 0) return `${kind.emulator} is not installed`
  return false
}

/** Makes the machine for a target, with the contents of `folder` in `/opt`. Returns the reason where Debian gives no system. */
export function makeMachine(target: string, folder: string): Machine | string {
  const kind = MACHINES[target]
  if (kind === undefined) throw new Error(`There is no machine for ${target}.`)
  const { suite, architecture, variant, packages, through, emulator } = kind
  const root = mkdtempSync(join(tmpdir(), `machine-${target}-`))
  const remove = (): void => rmSync(root, { recursive: true, force: true })
  const made = spawnSync('mmdebstrap', [
    '--quiet',
    `--variant=${variant}`,
    `--architectures=${architecture}`,
    `--include=${packages.join(',')}`,
    suite,
    root,
    'http://deb.debian.org/debian',
  ])
  if (made.status !== 0) {
    remove()
    return `mmdebstrap made no system: ${made.stderr.toString().trim().split('\n').at(-1)}`
  }
  if (emulator !== undefined) copyFileSync(emulator, join(root, through[0] ?? ''))
  for (const name of ['opt', 'tmp', 'root', 'proc']) mkdirSync(join(root, name), { recursive: true })
  cpSync(folder, join(root, 'opt'), { recursive: true })
  return {
    remove,
    run(parameters) {
      const [program = '', ...rest] = parameters
      const command = [root, ...through, `/opt/${program}`, ...rest]
      const env = { HOME: '/root', PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', WINEDEBUG: '-all' }
      const options = { encoding: 'utf8', env, maxBuffer: 1e8, timeout: 900_000 } as const
      const { status, stdout, stderr } = spawnSync('unshare', ['--mount', '--pid', '--fork', 'sh', '-c', START, 'sh', ...command], options)
      const said = join(root, SAID)
      return { status, said: `${stdout}${stderr}${existsSync(said) ? readFileSync(said, 'utf8') : ''}` }
    },
  }
}
