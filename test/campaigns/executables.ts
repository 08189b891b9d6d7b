/**
 * Makes the executables and uses them: `npm run executables -- --check` those for Linux x64, `npm run campaign -- executables` all of them,
 * each as near to its own system as this machine comes.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { build } from '../../scripts/executables/build.ts'
import { TARGETS } from '../../scripts/executables/targets.ts'
import { manifest, root } from '../../scripts/executables/workshop.ts'
import { cannotPlay, makeMachine } from '../support/machines.ts'
import { IS_QUICK } from './chance.ts'

const targets = TARGETS.filter(({ name }) => !IS_QUICK || name === 'linux-x64')
const singles = targets.filter(({ form }) => form === 'single')
const folders = targets.filter(({ form }) => form === 'folder')

const work = mkdtempSync(join(tmpdir(), 'executables-campaign-'))
const [first, second, unpacked] = [join(work, 'first'), join(work, 'second'), join(work, 'unpacked')] as const
after(() => rmSync(work, { recursive: true, force: true }))

const full = (target: string): string => `${manifest.name}-${manifest.version}-${target}`

/** Runs a command. Variables of this process that speak to Node or npm are kept away. */
function run(command: string, parameters: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, signal, error, stdout, stderr } = spawnSync(command, parameters, {
    encoding: 'utf8',
    maxBuffer: 1e8,
    cwd: work,
    env: { PATH: process.env.PATH, HOME: work, ...env },
  })
  return { status: status ?? signal ?? error?.message, stdout, stderr, said: `${stdout}${stderr}` }
}

const thumbnailsIn = (vault: string): number =>
  readdirSync(vault, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.webp')).length

/** Runs the demo, and returns its words and the number of thumbnails. */
function demoOf(program: string, env?: NodeJS.ProcessEnv): { readonly said: string; readonly thumbnails: number } {
  const vault = mkdtempSync(join(work, 'demo-'))
  const { status, said } = run(program, ['demo', '--destination', vault], env)
  assert.equal(status, 0, said)
  assert.match(said, /The demo went as it should/)
  return { said, thumbnails: thumbnailsIn(vault) }
}

const WITHOUT_SHARP = /The library sharp is not installed: .* a single executable needs the folder node_modules of its archive beside it\./

before(async () => {
  for (const output of [first, second]) await build({ targets, source: 'npm', output, quick: true, say: () => {} })
  mkdirSync(unpacked)
  for (const { name, archive } of targets) {
    const path = join(first, `${full(name)}.${archive}`)
    const { status, said } = archive === 'zip' ? run('unzip', ['-q', path, '-d', unpacked]) : run('tar', ['-xzf', path, '-C', unpacked])
    assert.equal(status, 0, said)
  }
})

describe('What is released', () => {
  test('is the same, byte for byte, when it is made again', () => {
    assert.equal(readFileSync(join(second, 'SHA256SUMS'), 'utf8'), readFileSync(join(first, 'SHA256SUMS'), 'utf8'))
  })

  test('has checksums that sha256sum accepts, for every file', () => {
    const { status, stdout, said } = run('sh', ['-c', `cd "${first}" && sha256sum --check --strict SHA256SUMS`])
    assert.equal(status, 0, said)
    const files = readdirSync(first, { withFileTypes: true }).filter((entry) => entry.isFile() && entry.name !== 'SHA256SUMS')
    assert.equal(stdout.trim().split('\n').length, files.length)
  })

  test('lists every package that is in it', () => {
    for (const { name, node } of targets) {
      const bill = JSON.parse(readFileSync(join(first, `${full(name)}.cdx.json`), 'utf8')) as {
        readonly components: readonly {
          readonly name: string
          readonly version: string
          readonly components?: readonly { readonly name: string }[]
        }[]
      }
      const listed = new Set(bill.components.map((each) => each.name))
      assert.ok(bill.components.some((each) => each.name === 'node' && each.version === node.version))
      const shipped = readdirSync(join(unpacked, full(name), 'node_modules'), { recursive: true, encoding: 'utf8' })
        .filter((path) => /^(?:@[^/]+\/)?[^/]+\/package\.json$/.test(path))
        .map((path) => path.replace('/package.json', ''))
      assert.ok(
        shipped.includes('sharp') && shipped.some((each) => each.startsWith('@img/sharp-libvips') || each.startsWith('@img/sharp-win32')),
      )
      for (const each of [...shipped, ...Object.keys(manifest.dependencies)]) assert.ok(listed.has(each), `${name}: ${each}`)
      assert.ok(!listed.has('typescript'), 'a compiler is nothing to ship')
      assert.ok(
        bill.components.some(({ components = [] }) => components.some((each) => each.name === 'webp')),
        `${name}: inside libvips`,
      )
    }
  })

  test('has the licenses of all that is in it', () => {
    for (const { name, form } of targets) {
      const text = readFileSync(join(unpacked, full(name), 'THIRD-PARTY-LICENSES.txt'), 'utf8')
      const packages = join(unpacked, full(name), 'node_modules')
      const shipped = [...readdirSync(packages), ...readdirSync(join(packages, '@img')).map((each) => `@img/${each}`)]
      for (const each of [...shipped, ...Object.keys(manifest.dependencies)].filter((each) => !/^(?:\.|@\w+$)/.test(each)))
        assert.match(text, new RegExp(`^${each} \\d.*\n=+\n\nIts license is `, 'm'), name)
      for (const part of ['GNU LESSER GENERAL PUBLIC LICENSE', 'third-party libraries', 'GeoNames', 'Natural Earth', 'OpenSSL'])
        assert.ok(text.includes(part), `${name}: ${part}`)
      if (form === 'single') assert.equal(readFileSync(join(first, `${full(name)}.THIRD-PARTY-LICENSES.txt`), 'utf8'), text)
    }
  })

  test('says by its checksum, and by its packing, that a download was cut', () => {
    const cut = join(work, 'cut')
    mkdirSync(cut)
    copyFileSync(join(first, 'SHA256SUMS'), join(cut, 'SHA256SUMS'))
    const names = [full('linux-x64'), `${full('linux-x64')}.tar.gz`, `${manifest.name}_${manifest.version}_amd64.deb`]
    for (const name of names) {
      copyFileSync(join(first, name), join(cut, name))
      truncateSync(join(cut, name), Math.floor(statSync(join(cut, name)).size * 0.7))
    }
    const sums = run('sh', ['-c', `cd "${cut}" && sha256sum --check --ignore-missing SHA256SUMS`])
    assert.equal(sums.status, 1)
    for (const name of names) assert.ok(sums.stdout.split('\n').includes(`${name}: FAILED`), sums.stdout)
    const tar = run('tar', ['-xzf', join(cut, names[1] ?? ''), '-C', cut])
    assert.match(tar.stderr, /unexpected end of file/)
    assert.notEqual(tar.status, 0)
    const debian = run('dpkg-deb', ['-x', join(cut, names[2] ?? ''), cut])
    assert.match(debian.stderr, /unexpected end/)
    assert.notEqual(debian.status, 0)
  })
})

describe('The executable for Linux x64', () => {
  const program = join(unpacked, full('linux-x64'), 'smugmug-backup')

  test('knows its version, and completes commands', () => {
    assert.equal(run(program, ['--version']).stdout, `smugmug-backup ${manifest.version}\n`)
    assert.equal(
      run(program, ['completion', 'bash']).stdout,
      readFileSync(join(unpacked, full('linux-x64'), 'completions/smugmug-backup.bash'), 'utf8'),
    )
    assert.equal(run(program, ['--no-such-option']).status, 2)
  })

  test('obeys no NODE_OPTIONS, and takes none on its command line', () => {
    const preload = join(work, 'preload.cjs')
    writeFileSync(preload, 'console.log("preloaded")')
    const answer = run(program, ['--version'], { NODE_OPTIONS: `--require ${preload}` })
    assert.deepEqual([answer.status, answer.said], [0, `smugmug-backup ${manifest.version}\n`])
    assert.equal(run(program, ['--require', preload, '--version']).said.includes('preloaded'), false)
  })

  test('runs the demo, with thumbnails, also through a link from another folder', () => {
    const link = join(work, 'link')
    symlinkSync(program, link)
    for (const each of [program, link]) assert.ok(demoOf(each).thumbnails > 40, each)
  })

  test('runs the demo alone, and says in one sentence what is missing', () => {
    const { said, thumbnails } = demoOf(join(first, full('linux-x64')))
    assert.equal(thumbnails, 0)
    assert.match(said, WITHOUT_SHARP)
  })

  test('takes no packages from folders above it, or from NODE_PATH', () => {
    const deep = join(work, 'above', 'below')
    mkdirSync(deep, { recursive: true })
    symlinkSync(join(unpacked, full('linux-x64'), 'node_modules'), join(work, 'above', 'node_modules'))
    copyFileSync(join(first, full('linux-x64')), join(deep, 'smugmug-backup'))
    assert.match(demoOf(join(deep, 'smugmug-backup'), { NODE_PATH: join(work, 'above', 'node_modules') }).said, WITHOUT_SHARP)
  })

  test('starts backups from its page, in processes of its own', () => {
    const scenario = ['--test', '--test-name-pattern=a backup is started, one at a time', join(root, 'test/browsers/web-tasks.test.ts')]
    const { status, said } = run(process.execPath, scenario, { SMUGMUG_BACKUP_PROGRAM: program })
    assert.equal(status, 0, said)
    assert.match(said, /pass 1\b/)
  })
})

describe('The package for Debian', () => {
  test('puts everything into its place', () => {
    for (const { debian } of targets) {
      if (debian === undefined) continue
      const place = join(work, `debian-${debian}`)
      const packed = join(first, `${manifest.name}_${manifest.version}_${debian}.deb`)
      assert.equal(run('dpkg-deb', ['-x', packed, place]).status, 0)
      for (const path of [
        'usr/lib/smugmug-backup/node_modules/sharp/package.json',
        'usr/lib/systemd/system/smugmug-backup@.service',
        'usr/share/bash-completion/completions/smugmug-backup',
        'usr/share/doc/smugmug-backup/copyright',
        'usr/share/fish/vendor_completions.d/smugmug-backup.fish',
        'usr/share/man/man1/smugmug-backup.1.gz',
        'usr/share/man/man5/smugmug-backup.toml.5.gz',
        'usr/share/zsh/vendor-completions/_smugmug-backup',
      ])
        assert.ok(existsSync(join(place, path)), `${debian}: ${path}`)
      if (debian === 'amd64') assert.ok(demoOf(join(place, 'usr/bin/smugmug-backup')).thumbnails > 40)
    }
  })

  const analyze = run('systemd-analyze', ['--version']).status === 0

  test('has units that systemd accepts, and that shut the program in', { skip: !analyze && 'systemd-analyze is not installed' }, () => {
    const units = join(work, 'units')
    mkdirSync(units)
    for (const name of readdirSync(join(root, 'scripts/executables/systemd'))) {
      const text = readFileSync(join(root, 'scripts/executables/systemd', name), 'utf8')
      writeFileSync(join(units, name), text.replace('/usr/bin/smugmug-backup', '/bin/true'))
    }
    const { status, said } = run('systemd-analyze', [
      'verify',
      '--man=no',
      ...readdirSync(units).map((name) => join(units, name.replace('@', '@root'))),
    ])
    assert.equal(status, 0, said)
    const security = run('systemd-analyze', ['security', '--offline=true', '--threshold=40', join(units, 'smugmug-backup@.service')])
    assert.equal(security.status, 0, security.said)
  })
})

describe('In a system with nothing else', () => {
  for (const { name, os } of singles) {
    test(`the executable for ${name} runs the demo`, { skip: cannotPlay(name) }, (t) => {
      const machine = makeMachine(name, join(unpacked, full(name)))
      if (typeof machine === 'string') return t.skip(machine)
      t.after(() => machine.remove())
      const program = os === 'win32' ? 'smugmug-backup.exe' : 'smugmug-backup'
      const version = machine.run([program, '--version'])
      assert.match(version.said, new RegExp(`smugmug-backup ${manifest.version}`), version.said)
      const demo = machine.run([program, 'demo'])
      assert.match(demo.said, /The demo went as it should/)
      assert.equal(demo.status, 0, demo.said)
      assert.equal(machine.run([program, '--no-such-option']).status, 2)
      // An emulator starts no second process of another processor, and Wine counts more memory than the maker of thumbnails may have.
      const hasThumbnails = !/^Warning: .*(?:sharp|thumbnails)/m.test(demo.said)
      if (name === 'linux-x64') assert.ok(hasThumbnails, demo.said)
      t.diagnostic(hasThumbnails ? 'with thumbnails' : 'without thumbnails')
    })
  }
})

const exiftool = run('exiftool', ['-ver']).status === 0

describe('The executables for Windows', { skip: IS_QUICK && 'made by the whole campaign' }, () => {
  test('have our name in their properties', { skip: !exiftool && 'exiftool is not installed' }, () => {
    for (const { name, os } of singles) {
      if (os !== 'win32') continue
      const { stdout } = run('exiftool', ['-s3', '-ProductName', '-FileDescription', '-ProductVersion', join(first, `${full(name)}.exe`)])
      assert.deepEqual(stdout.trim().split('\n'), ['smugmug-backup', 'smugmug-backup', manifest.version], name)
    }
  })
})

describe('The folders for macOS', { skip: IS_QUICK && 'made by the whole campaign' }, () => {
  test('have the Node that Apple knows, unchanged', () => {
    for (const { name, node } of folders) {
      const bytes = readFileSync(join(unpacked, full(name), 'node'))
      assert.equal(createHash('sha256').update(bytes).digest('hex'), node.sha256)
      assert.equal(bytes.readUInt32LE(0), 0xfeedfacf, 'a Mach-O program of 64 bits')
    }
  })

  test('start through links, without NODE_OPTIONS: tried with the Node of this machine', () => {
    for (const { name } of folders) {
      const folder = join(unpacked, full(name))
      const own = join(folder, 'node')
      rmSync(own)
      copyFileSync(process.execPath, own)
      const link = join(work, `link to ${name}`)
      symlinkSync(join(folder, 'smugmug-backup'), link)
      const answer = run(link, ['--version'], { NODE_OPTIONS: '--require /nowhere.cjs' })
      assert.deepEqual([answer.status, answer.said], [0, `smugmug-backup ${manifest.version}\n`])
      demoOf(link)
    }
  })
})

const ruby = run('ruby', ['--version']).status === 0

describe('The recipes', { skip: IS_QUICK && 'made by the whole campaign' }, () => {
  test('name the archives by their checksums', () => {
    const sums = readFileSync(join(first, 'SHA256SUMS'), 'utf8').split('\n')
    const texts = ['homebrew', 'winget'].flatMap((folder) =>
      readdirSync(join(first, folder)).map((name) => readFileSync(join(first, folder, name), 'utf8')),
    )
    for (const { name, archive } of targets) {
      const [sum] = sums.find((line) => line.endsWith(`  ${full(name)}.${archive}`))?.split(' ') ?? []
      assert.ok(sum, name)
      assert.ok(
        texts.some((text) => text.toLowerCase().includes(sum) && text.includes(`${full(name)}.${archive}`)),
        name,
      )
    }
  })

  test('are accepted by Ruby', { skip: !ruby && 'ruby is not installed' }, () => {
    assert.equal(run('ruby', ['-c', join(first, 'homebrew/smugmug-backup.rb')]).status, 0)
  })
})
