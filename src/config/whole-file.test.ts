import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { chmod, link, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { checkWritable, FolderInTheWay, isStandardOutput, writeWhole } from './whole-file.ts'

let folder = ''
let path = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'output-'))
  path = join(folder, 'x.csv')
})
afterEach(() => rm(folder, { recursive: true }))

const put = (to: string, words = 'new', mode?: number): Promise<number> =>
  writeWhole(
    to,
    async (write) => {
      await write(words.slice(0, 1))
      await write(words.slice(1))
      return 7
    },
    mode === undefined ? {} : { mode },
  )

describe('known beforehand', { skip: process.platform !== 'linux' }, () => {
  test('a file that can be written, also one that is not there yet, and nothing is made', async () => {
    await checkWritable(path)
    await checkWritable(join(folder, 'a/b/c.toml'))
    assert.deepEqual(await readdir(folder), [])
    await writeFile(path, 'old', { mode: 0o400 })
    await checkWritable(path)
  })

  test('a folder in the way, and a file where a folder should be', async () => {
    await assert.rejects(checkWritable(folder), FolderInTheWay)
    await writeFile(path, 'old')
    await assert.rejects(checkWritable(join(path, 'config.toml')), { code: 'ENOTDIR' })
  })
})

describe('a file', () => {
  test('is written whole, piece by piece', async () => {
    assert.equal(await put(path, 'a,b\n1,2\n'), 7)
    assert.equal(await readFile(path, 'utf8'), 'a,b\n1,2\n')
    assert.deepEqual(await readdir(folder), ['x.csv'])
  })

  test('stays as it was when the writing fails, and nothing half is left', async () => {
    await writeFile(path, 'old')
    const bug = new Error('bug')
    const failing = writeWhole(path, async (write) => {
      await write('new')
      throw bug
    })
    await assert.rejects(failing, bug)
    assert.equal(await readFile(path, 'utf8'), 'old')
    assert.deepEqual(await readdir(folder), ['x.csv'])
  })

  test('keeps its mode, or gets the one that is asked for', async () => {
    await writeFile(path, 'a longer old text')
    await chmod(path, 0o640)
    await put(path)
    assert.deepEqual([(await stat(path)).mode & 0o777, await readFile(path, 'utf8')], [0o640, 'new'])
    await put(path, 'secret', 0o600)
    assert.deepEqual([(await stat(path)).mode & 0o777, await readFile(path, 'utf8')], [0o600, 'secret'])
  })

  test('is replaced beside its other names', async () => {
    await writeFile(path, 'old')
    await link(path, join(folder, 'other'))
    await put(path)
    assert.equal(await readFile(join(folder, 'other'), 'utf8'), 'old')
  })

  test('is rid of what a killed process left beside it, and of nothing else', { skip: process.platform === 'win32' }, async () => {
    const program = `import { writeWhole } from ${JSON.stringify(join(import.meta.dirname, 'whole-file.ts'))}
      await writeWhole(process.argv[1], async (write) => { await write('half'); process.kill(process.pid, 'SIGKILL') })`
    const killed = (to: string): void =>
      void assert.throws(() => execFileSync(process.execPath, ['--input-type=module', '-e', program, to]), { signal: 'SIGKILL' })
    await writeFile(join(folder, `.${'0'.repeat(32)}.part`), 'of somebody else')
    killed(join(folder, 'other.csv'))
    const others = await readdir(folder)
    killed(path)
    assert.equal((await readdir(folder)).length, others.length + 1)
    await writeWhole(path, async (write) => {
      await put(path, 'meanwhile')
      await write('new')
    })
    assert.deepEqual((await readdir(folder)).toSorted(), [...others, 'x.csv'].toSorted())
    assert.equal(await readFile(path, 'utf8'), 'new')
  })

  test('leaves what another computer writes beside it, until that has not changed for a day', async () => {
    let name = ''
    await writeWhole(path, async () => {
      name = (await readdir(folder)).find((entry) => entry.endsWith('.part')) ?? ''
    })
    const [, file, place, rest] = /^(\..{8})(.{8})(.+)$/.exec(name) ?? []
    const others = join(folder, `${file}${place === '0'.repeat(8) ? '1'.repeat(8) : '0'.repeat(8)}${rest}`)
    await writeFile(others, 'half')
    await put(path)
    assert.equal(await readFile(others, 'utf8'), 'half')
    const longAgo = new Date(Date.now() - 48 * 60 * 60 * 1000)
    await utimes(others, longAgo, longAgo)
    await put(path)
    assert.deepEqual(await readdir(folder), ['x.csv'])
  })

  test('cannot be read by others while it is written, if it could not be before', { skip: process.platform === 'win32' }, async () => {
    await writeFile(path, 'old', { mode: 0o600 })
    const modes = await writeWhole(path, async () =>
      Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).mode & 0o777)),
    )
    assert.deepEqual(modes, [0o600, 0o600])
  })

  test('is never written through a link that was prepared', async () => {
    const victim = join(folder, 'victim')
    await writeFile(victim, 'precious')
    await symlink(victim, `${path}.part`)
    await put(path)
    assert.deepEqual([await readFile(victim, 'utf8'), await readFile(path, 'utf8')], ['precious', 'new'])
    assert.equal((await lstat(path)).isFile(), true)
  })
})

describe('a link', () => {
  test('stays, and what it leads to is replaced, also by several steps and relative ones', async () => {
    await mkdir(join(folder, 'far'))
    const target = join(folder, 'far', 'target.csv')
    await writeFile(target, 'old')
    await symlink('far', join(folder, 'near'))
    await symlink('../far/target.csv', join(folder, 'far', 'step'))
    await symlink('near/step', path)
    await put(path)
    assert.equal(await readFile(target, 'utf8'), 'new')
    assert.equal(await readlink(path), 'near/step')
    assert.deepEqual((await readdir(join(folder, 'far'))).toSorted(), ['step', 'target.csv'])
  })

  test('to nothing makes what it leads to', async () => {
    await symlink('target.csv', path)
    await put(path)
    assert.deepEqual([await readFile(join(folder, 'target.csv'), 'utf8'), await readlink(path)], ['new', 'target.csv'])
  })

  test('in a circle is an error of the system', async () => {
    await symlink('x.csv', path)
    await assert.rejects(put(path), { code: 'ELOOP' })
  })
})

describe('what is no file', () => {
  test('a pipe is written to, and stays one', async () => {
    execFileSync('mkfifo', [path])
    const [heard] = await Promise.all([text(createReadStream(path)), put(path)])
    assert.equal(heard, 'new')
    assert.equal((await lstat(path)).isFIFO(), true)
  })

  test('a pipe takes more than it holds, as fast as it is read', async () => {
    execFileSync('mkfifo', [path])
    const long = 'ä'.repeat(500_000)
    const [, heard] = await Promise.all([writeWhole(path, (write) => write(long)), text(createReadStream(path))])
    assert.equal(heard, long)
  })

  test('a pipe that nobody reads is not waited for', async () => {
    execFileSync('mkfifo', [path])
    await assert.rejects(
      writeWhole(path, (write) => write('new'), { patience: 40 }),
      { code: 'ENXIO' },
    )
  })

  test('a device is written to, and stays one, also behind a link', async () => {
    await put('/dev/null')
    await symlink('/dev/null', path)
    await put(path)
    assert.equal((await stat('/dev/null')).isCharacterDevice(), true)
    await assert.rejects(put('/dev/full'), { code: 'ENOSPC' })
  })

  test('a folder is refused, also behind a link', async () => {
    await mkdir(path)
    await symlink(path, join(folder, 'link'))
    await assert.rejects(put(path), FolderInTheWay)
    await assert.rejects(put(join(folder, 'link')), FolderInTheWay)
  })

  test('a path that leads nowhere is not standard output, and cannot be written', async () => {
    await writeFile(path, 'old')
    await symlink('loop', join(folder, 'loop'))
    for (const [place, code] of [
      [join(path, 'x.csv'), 'ENOTDIR'],
      [join(folder, 'loop'), 'ELOOP'],
      [join(folder, 'x'.repeat(300)), 'ENAMETOOLONG'],
    ] as const) {
      assert.equal(await isStandardOutput(place), false)
      await assert.rejects(put(place), { code })
    }
  })

  test('standard output is known by its names, and by no other', async () => {
    await symlink('/dev/stdout', path)
    for (const name of ['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1', '/proc/thread-self/fd/1', `/proc/${process.pid}/fd/1`])
      assert.equal(await isStandardOutput(name), true, name)
    for (const name of ['/dev/stderr', '/dev/fd/2', '/dev/null', `/proc/${process.ppid}/fd/1`, folder])
      assert.equal(await isStandardOutput(name), false, name)
  })

  test('a path that the system refuses to follow is not standard output, and is refused when it is written', async () => {
    const [file, ring] = [join(folder, 'file'), join(folder, 'ring')]
    await writeFile(file, '')
    await symlink(ring, ring)
    for (const name of [join(file, 'x.csv'), ring, join(ring, 'x.csv')]) {
      assert.equal(await isStandardOutput(name), false, name)
      await assert.rejects(put(name), { code: /ENOTDIR|ELOOP/ }, name)
    }
  })
})

test('a folder that is not there is an error of the system', async () => {
  await assert.rejects(put(join(folder, 'nowhere', 'x.csv')), { code: 'ENOENT' })
})

test('a file that is mounted by itself, and so cannot be replaced, is written in place', async (context) => {
  await writeFile(path, 'a longer old text')
  await writeFile(join(folder, 'inside'), 'a longer old text')
  try {
    execFileSync('mount', ['--bind', join(folder, 'inside'), path], { stdio: 'ignore' })
  } catch {
    return context.skip('nothing can be mounted here')
  }
  try {
    await put(path, 'secret', 0o600)
    assert.equal(await readFile(path, 'utf8'), 'secret')
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.deepEqual((await readdir(folder)).toSorted(), ['inside', 'x.csv'])
  } finally {
    execFileSync('umount', [path])
  }
})
