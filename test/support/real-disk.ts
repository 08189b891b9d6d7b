import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** Disks that differ from the one this was written on, and how they are made. `{image}`, `{device}`, `{under}` and `{disk}` stand for paths. */
const DISKS = {
  /** Blind to case, an inode number for each spelling. */
  exfat: { make: ['mkfs.exfat', '{image}'], mount: ['mount.exfat-fuse', '{device}', '{disk}'] },
  /** Names of 143 bytes or so. */
  encfs: { make: undefined, mount: ['encfs', '--standard', '--stdinpass', '{under}', '{disk}'] },
  /** A folder (`under`) of the same disk, mounted a second time. */
  bind: { make: undefined, mount: ['mount', '--bind', '{under}', '{disk}'] },
  /** Another disk, of 8 MB. */
  tmpfs: { make: undefined, mount: ['mount', '-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', '{disk}'] },
} as const

/**
 * Mounts a real disk on a folder, made if need be, until the test ends. Undefined, and the test skipped, where it cannot be mounted:
 * most machines lack the program, the devices, or the right to.
 */
export function realDisk(t: TestContext, kind: keyof typeof DISKS, at?: string, of?: string): string | undefined {
  const place = mkdtempSync(join(tmpdir(), 'real-disk-'))
  const [image, under, disk] = [join(place, 'image'), of ?? join(place, 'under'), at ?? join(place, 'disk')]
  const undo: (readonly string[])[] = []
  t.after(() => {
    for (const [program = '', ...given] of undo.toReversed()) execFileSync(program, given, { stdio: 'ignore' })
    rmSync(place, { recursive: true, force: true })
  })
  for (const folder of [under, disk]) mkdirSync(folder, { recursive: true })
  writeFileSync(image, '')
  truncateSync(image, 16 * 1024 * 1024)
  let device = ''
  const call = (command: readonly string[]): boolean => {
    const [program = '', ...given] = command.map((word) =>
      word.replace('{image}', image).replace('{device}', device).replace('{under}', under).replace('{disk}', disk),
    )
    return spawnSync(program, given, { input: 'a password\n', stdio: ['pipe', 'ignore', 'ignore'] }).status === 0
  }
  const { make, mount } = DISKS[kind]
  const loop =
    make === undefined || !call(make) ? undefined : spawnSync('/usr/sbin/losetup', ['--find', '--show', image], { encoding: 'utf8' })
  if (loop?.status === 0) {
    device = loop.stdout.trim()
    undo.push(['/usr/sbin/losetup', '-d', device])
  }
  if ((make === undefined || device !== '') && call(mount)) {
    undo.push(['umount', disk])
    return disk
  }
  t.skip(`no ${kind} disk can be mounted here`)
  return undefined
}
