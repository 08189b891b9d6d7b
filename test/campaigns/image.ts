/**
 * `npm run campaign -- image`: makes the container image twice, unpacks it with umoci, and runs it by chroot, as any user, on both processors.
 * SMUGMUG_CAMPAIGN_EXECUTABLES names a folder that `npm run executables` has filled; without it the executables are made first.
 */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { build } from '../../scripts/executables/build.ts'
import { TARGETS } from '../../scripts/executables/targets.ts'
import { manifest, run } from '../../scripts/executables/workshop.ts'
import { makeImage, USER } from '../../scripts/image/build.ts'
import { DEBIAN, PROCESSORS } from '../../scripts/image/libraries.ts'
import { chooseImage } from '../support/images.ts'

const work = mkdtempSync(join(tmpdir(), 'image-campaign-'))
after(() => rmSync(work, { recursive: true, force: true }))

const has = (program: string, ...parameters: string[]): boolean => spawnSync(program, parameters).status === 0
const QEMU = '/usr/bin/qemu-aarch64-static'

/** The reason why an image cannot be run here; false where it can. */
function cannotRun(processor: string): string | false {
  if (process.getuid?.() !== 0) return 'chroot needs root'
  if (!has('umoci', '--version')) return 'umoci is not installed'
  if (processor === 'arm64' && process.arch !== 'arm64' && !has(QEMU, '--version')) return `${QEMU} is not installed`
  return false
}

const layout = join(work, 'layout')
const made: { readonly file: string; readonly digest: string; readonly sum: string }[] = []

before(async () => {
  const from = process.env.SMUGMUG_CAMPAIGN_EXECUTABLES ?? join(work, 'executables')
  const targets = TARGETS.filter(({ os }) => os === 'linux')
  if (!existsSync(from)) await build({ targets, source: 'npm', output: from, quick: true, say: () => {} })
  for (const name of ['first', 'second']) {
    mkdirSync(join(work, name))
    const image = await makeImage({ from, output: join(work, name), mirror: new URL(DEBIAN), quick: true })
    made.push({ ...image, sum: createHash('sha256').update(readFileSync(image.file)).digest('hex') })
  }
  mkdirSync(layout)
  run('tar', ['--extract', '--file', made[0]?.file ?? '', '--directory', layout])
})

describe('The image', () => {
  test('is the same, byte for byte, when it is made again', () => {
    assert.equal(made[1]?.digest, made[0]?.digest)
    assert.equal(made[1]?.sum, made[0]?.sum)
    for (const { name } of PROCESSORS) {
      const [bill, again] = ['first', 'second'].map((each) =>
        readFileSync(join(work, each, `${manifest.name}-${manifest.version}-image-${name}.cdx.json`), 'utf8'),
      )
      assert.equal(again, bill)
      for (const part of ['"libc6"', '"libstdc++6"', '"libgcc-s1"', '"node"', '"sharp"', '"undici"'])
        assert.ok(bill?.includes(`"name": ${part}`), part)
    }
  })

  const hasSkopeo = has('skopeo', '--version')

  test('is read by skopeo, for both processors', { skip: !hasSkopeo && 'skopeo is not installed' }, () => {
    for (const { name } of PROCESSORS) {
      const told = JSON.parse(
        run('skopeo', ['inspect', `--override-arch=${name}`, `oci-archive:${made[0]?.file}:${manifest.version}`]),
      ) as {
        readonly Architecture: string
        readonly Env: readonly string[]
      }
      assert.equal(told.Architecture, name)
      assert.ok(told.Env.includes('SMGMG_BK_DESTINATION=/backup'))
    }
    const copy = join(work, 'copy')
    run('skopeo', ['copy', '--quiet', '--all', '--preserve-digests', `oci-archive:${made[0]?.file}:${manifest.version}`, `dir:${copy}`])
    assert.equal(
      createHash('sha256')
        .update(readFileSync(join(copy, 'manifest.json')))
        .digest('hex'),
      made[0]?.digest.replace('sha256:', ''),
    )
  })
})

/** Mounts that a container has, and that vanish together with it. */
const MOUNTS = `
mount --bind "$0" "$0"
mount -t proc proc "$0/proc"
mount --bind /dev "$0/dev"
for each in tmp config state backup; do [ ! -d "$0/$each" ] || mount --bind "$0/$each" "$0/$each"; done
mount -o remount,bind,ro "$0"
exec chroot "$@"`

interface Given {
  readonly user?: number
  readonly env?: Readonly<Record<string, string>>
}

const KEYS = { SMGMG_BK_API_KEY: 'k', SMGMG_BK_API_SECRET: 's', SMGMG_BK_USER_TOKEN: 't', SMGMG_BK_USER_SECRET: 'u' }

for (const { name } of PROCESSORS) {
  describe(`The image for ${name}`, { skip: cannotRun(name) }, () => {
    const root = join(work, name, 'rootfs')
    const isEmulated = name === 'arm64' && process.arch !== 'arm64'
    let settings: {
      readonly User: string
      readonly Entrypoint: readonly string[]
      readonly Cmd: readonly string[]
      readonly Env: readonly string[]
    }

    before(() => {
      const { digest } = chooseImage(layout, { digest: made[0]?.digest ?? '', architecture: name, name }) as { readonly digest: string }
      const blob = <T>(of: string): T => JSON.parse(readFileSync(join(layout, 'blobs', ...of.split(':')), 'utf8')) as T
      settings = blob<{ readonly config: typeof settings }>(
        blob<{ readonly config: { readonly digest: string } }>(digest).config.digest,
      ).config
      run('umoci', ['unpack', '--image', `${layout}:${name}`, join(work, name)])
      // Every engine brings these along.
      for (const each of ['proc', 'dev']) mkdirSync(join(root, each))
      writeFileSync(join(root, 'etc/hosts'), '127.0.0.1 localhost\n')
      if (isEmulated) copyFileSync(QEMU, join(root, 'qemu'))
    })

    /** Returns the command that runs the program as a container would: as this user, with a root that nobody writes to. */
    const inside = (parameters: readonly string[], { user = USER, env = {} }: Given = {}) => {
      const through = isEmulated ? ['/qemu'] : []
      const chroot = [`--userspec=${user}:${user}`, '--groups=', root, ...through, ...settings.Entrypoint, ...parameters]
      const given = Object.fromEntries(settings.Env.map((each) => each.split(/=(.*)/s).slice(0, 2)))
      return {
        command: ['--mount', '--propagation', 'private', '/bin/sh', '-ec', MOUNTS, root, ...chroot],
        env: { ...given, PATH: '/usr/bin:/bin:/usr/sbin:/sbin', XDG_STATE_HOME: '/state', ...env },
      }
    }

    const start = (parameters: readonly string[], given?: Given) => {
      const { command, env } = inside(parameters, given)
      const { status, stdout, stderr } = spawnSync('/usr/bin/unshare', command, { encoding: 'utf8', maxBuffer: 1e8, env })
      return { status, said: `${stdout}${stderr}` }
    }

    test('has no shell and no other program, nothing that raises rights, and no folder to write into but three', () => {
      const all = readdirSync(root, { recursive: true, withFileTypes: true, encoding: 'utf8' }).map((entry) =>
        join(entry.parentPath, entry.name),
      )
      const programs = all.filter((path) => /\/s?bin\//.test(path) && !path.includes('/node_modules/'))
      assert.deepEqual(programs, [join(root, 'usr/bin/smugmug-backup')])
      const stats = all.flatMap((path) => (existsSync(path) ? [{ path: path.slice(root.length), stat: statSync(path) }] : []))
      assert.deepEqual(
        stats.filter(({ stat }) => (stat.mode & 0o6000) !== 0),
        [],
      )
      const open = stats.filter(({ stat }) => (stat.mode & 0o002) !== 0).map(({ path }) => path)
      assert.deepEqual(open.toSorted(), ['/config', '/state', '/tmp'])
    })

    test('runs the service as a user of its own, unless a container says otherwise', () => {
      assert.deepEqual([settings.User, settings.Cmd], [`${USER}:${USER}`, ['service']])
      assert.equal(start(['--version']).said, `smugmug-backup ${manifest.version}\n`)
    })

    for (const user of [USER, 1234])
      test(`runs the demo as user ${user}, into a folder of that user`, () => {
        const backup = join(root, 'backup')
        mkdirSync(backup)
        chownSync(backup, user, user)
        try {
          const { status, said } = start(['demo', '--destination', '/backup'], { user })
          assert.equal(status, 0, said)
          const files = readdirSync(backup, { recursive: true, encoding: 'utf8' })
          // An emulator in a chroot starts no further process of its kind: there the image makes no thumbnails.
          if (!isEmulated) assert.ok(files.filter((path) => path.endsWith('.webp')).length > 40, said)
          for (const path of files) assert.equal(statSync(join(backup, path)).uid, user, path)
          const times = ['UTC', 'Asia/Tokyo'].map((TZ) => start(['history'], { user, env: { TZ } }))
          assert.deepEqual(
            times.map((each) => each.status),
            [0, 0],
            times[0]?.said,
          )
          // Clocks of other zones are known, though the image has no table of them.
          assert.notEqual(times[0]?.said, times[1]?.said)
        } finally {
          rmSync(backup, { recursive: true })
        }
      })

    test('ends with exit code 5 where no destination is mounted', () => {
      const { status, said } = start(['backup'], { env: KEYS })
      assert.equal(status, 5, said)
      assert.match(said, /\/backup/)
    })

    test('runs the service until it is stopped, and another process asks it', {
      skip: isEmulated && 'an emulator starts no further process',
    }, async () => {
      const backup = join(root, 'backup')
      mkdirSync(backup)
      chownSync(backup, USER, USER)
      // Nobody listens there.
      const env = { ...KEYS, SMGMG_BK_BASE_URL: 'http://127.0.0.1:9' }
      const { command, env: whole } = inside(settings.Cmd, { env })
      const service = spawn('/usr/bin/unshare', command, { env: whole, stdio: ['ignore', 'pipe', 'inherit'], timeout: 60_000 })
      const ended = once(service, 'exit')
      try {
        let said = ''
        const lines = createInterface({ input: service.stdout })
        for await (const line of lines) {
          said += `${line}\n`
          if (line.includes('The service runs without a page')) break
        }
        assert.match(said, /healthz says whether all is well/)
        const { status, said: answer } = start(['service', '--check'], { env })
        assert.ok(status === 0 || status === 1, answer)
        assert.match(answer, /all is well/)
      } finally {
        service.kill('SIGTERM')
        const [status] = await ended
        rmSync(backup, { recursive: true })
        assert.ok(status === 0 || status === 130, String(status))
      }
      assert.match(start(['service', '--check'], { env }).said, /No service answers/)
    })
  })
}
