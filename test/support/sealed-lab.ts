/** A laboratory whose vault is sealed, and whose machine has no private key. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import type { World } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { makeKey } from '../../src/app/app.ts'
import type { Settings } from '../../src/config/settings.ts'
import { type Lab, openLab, type RunOptions } from './lab.ts'

export const [a, b, c] = [photo('a', { caption: 'Verysecretcaption' }), photo('b'), photo('c')]
export const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [albumNode('Norway', [a, b, c]), albumNode('Italy', [photo('i1'), photo('i2')])]),
    albumNode('Top', [photo('t1')]),
  ],
}
/** The number of photos in it. */
export const ALL = 6

export const [key, paper] = [await makeKey(), await makeKey()]
export const noAge = existsSync('/usr/bin/age') ? false : 'age is not installed'

/** Makes a laboratory whose vault is sealed. `withKey` are the options of a run that has the private key, `state` is the state folder. */
export async function openSealedLab(t: TestContext, more: Partial<Settings> = {}) {
  const settings: Partial<Settings> = {
    encryptionRecipients: [key.recipient, paper.recipient],
    ...{ writeCsv: true, sidecars: ['xmp'] },
    ...more,
  }
  const lab = await openLab(t, world, { settings })
  const identityFile = join(dirname(lab.root), 'key.txt')
  writeFileSync(identityFile, `${key.identity}\n`)
  const withKey: RunOptions = { settings: { encryptionIdentityFile: identityFile } }
  return { lab, withKey, identityFile, state: join(dirname(lab.root), 'home/state') }
}

/** Returns the paths of all files in the vault. */
export const filesIn = (lab: Lab): readonly string[] =>
  readdirSync(lab.root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(lab.root.length + 1))
    .toSorted()

export const isPhoto = (path: string): boolean => path.endsWith('.jpg.age') && !path.startsWith('.smugmug-backup')

/** Checks that every file but the readme, the mark and the empty lock is sealed, and that no word can be read. */
export function checkSealed(
  lab: Lab,
  words: readonly string[] = ['Verysecretcaption', 'Another caption', 'Norway', 'imageKey', 'Travel'],
): void {
  for (const path of filesIn(lab)) {
    if (path === 'README.txt' || path === '.smugmug-backup/sealed.json' || path === '.smugmug-backup/lock.sqlite') continue
    assert.ok(path.endsWith('.age'), path)
    const bytes = readFileSync(join(lab.root, path))
    for (const word of words) assert.ok(!bytes.includes(word), `${path} has the word ${word}`)
  }
}

/** Opens a file with Debian's `age`. */
export const opened = (identityFile: string, path: string): Buffer =>
  execFileSync('age', ['-d', '-i', identityFile, path], { maxBuffer: 1e9 })

/** Checks the sums of the sealed bytes with the tools of any Unix, as a stranger does. Returns the number of files in each checksum file. */
export function checkSums(lab: Lab, identityFile: string): number {
  const counts = (['sha256', 'md5'] as const).map((kind) => {
    const text = opened(identityFile, lab.at(`.smugmug-backup/${kind.toUpperCase()}SUMS.age`))
    writeFileSync(lab.at('.sums'), text)
    try {
      execFileSync(`${kind}sum`, ['-c', '--quiet', '.sums'], { cwd: lab.root, stdio: 'pipe' })
    } finally {
      rmSync(lab.at('.sums'))
    }
    return text.toString().trim().split('\n').length
  })
  assert.equal(counts[0], counts[1])
  return counts[0] ?? 0
}
