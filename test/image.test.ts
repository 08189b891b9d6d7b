/** The form of the container image. The image itself is made and run by a campaign. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { settle } from '../scripts/executables/workshop.ts'
import { configOf } from '../scripts/image/build.ts'
import { Layout } from '../scripts/image/layout.ts'
import { librariesFor, PROCESSORS, unpackLibrary } from '../scripts/image/libraries.ts'
import { read } from './manual.ts'
import { chooseImage } from './support/images.ts'
import { serve } from './support/scripted-server.ts'

const skip = process.platform !== 'linux' && 'images are made on Linux'

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'image-'))
  t.after(() => rmSync(made, { recursive: true }))
  return made
}

/** Writes a small image for both processors, with files made at different moments, and returns its folder and checksum. */
function small(t: TestContext): { readonly place: string; readonly digest: string } {
  const work = folder(t)
  const files = join(work, 'files')
  mkdirSync(join(files, 'open'), { recursive: true })
  writeFileSync(join(files, 'program'), '#!/bin/sh\n', { mode: 0o700 })
  symlinkSync('program', join(files, 'link'))
  settle(files, 1_000_000_000)
  chmodSync(join(files, 'open'), 0o1777)
  const layout = new Layout(join(work, 'layout'))
  const annotations = { 'org.opencontainers.image.version': '1.2.3' }
  const images = PROCESSORS.map(({ name }) => {
    const layers = [layout.addLayer({ folder: files, work, quick: true })]
    return layout.addImage({
      architecture: name,
      layers,
      config: { Entrypoint: ['/program'] },
      created: '2001-09-09T01:46:40.000Z',
      annotations,
    })
  })
  return { place: join(work, 'layout'), digest: layout.end(images, { name: '1.2.3', annotations }) }
}

describe('an image', { skip }, () => {
  test('is the same, byte for byte, when it is made again in another folder', (t) => {
    const [first, second] = [small(t), small(t)]
    assert.equal(first.digest, second.digest)
    assert.equal(readFileSync(join(first.place, 'index.json'), 'utf8'), readFileSync(join(second.place, 'index.json'), 'utf8'))
  })

  test('has every blob under its checksum, and each that a reference names', (t) => {
    const { place, digest } = small(t)
    const blobs = join(place, 'blobs', 'sha256')
    const names = readdirSync(blobs)
    for (const name of names)
      assert.equal(
        createHash('sha256')
          .update(readFileSync(join(blobs, name)))
          .digest('hex'),
        name,
      )
    const named = new Map<string, number>()
    for (const text of [
      readFileSync(join(place, 'index.json'), 'utf8'),
      ...names.map((name) => readFileSync(join(blobs, name)).toString('latin1')),
    ])
      for (const [, hash = '', size = ''] of text.matchAll(/"digest":"sha256:([0-9a-f]{64})","size":(\d+)/g)) named.set(hash, Number(size))
    assert.deepEqual([...named.keys()].toSorted(), names.toSorted())
    for (const [name, size] of named) assert.equal(statSync(join(blobs, name)).size, size)
    assert.ok(named.has(digest.replace('sha256:', '')))
  })

  const hasUmoci = spawnSync('umoci', ['--version']).status === 0

  test('is unpacked by umoci, with its modes and links', { skip: !hasUmoci && 'umoci is not installed' }, (t) => {
    const { place, digest } = small(t)
    chooseImage(place, { digest, architecture: 'arm64', name: 'one' })
    const bundle = join(folder(t), 'bundle')
    const { status, stderr } = spawnSync('umoci', ['unpack', '--rootless', '--image', `${place}:one`, bundle], { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    const root = join(bundle, 'rootfs')
    assert.equal(statSync(join(root, 'open')).mode & 0o7777, 0o1777)
    assert.equal(statSync(join(root, 'link')).mode & 0o777, 0o755)
    assert.equal(statSync(join(root, 'program')).mtimeMs, 1e12)
  })
})

test('the image and the Dockerfile start the same: environment, command, health, port, folders for anybody', () => {
  const lines = read('Dockerfile').split('\n')
  const all = (word: string) => lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))
  const { Env, Cmd, WorkingDir, ExposedPorts, Healthcheck } = configOf({}) as {
    readonly Env: readonly string[]
    readonly Cmd: readonly string[]
    readonly WorkingDir: string
    readonly ExposedPorts: object
    readonly Healthcheck: { readonly Test: readonly string[] }
  }
  const own = ['PATH=/usr/bin', 'NODE_ENV=production']
  assert.deepEqual(
    Env.filter((each) => !own.includes(each)).toSorted(),
    all('ENV')
      .filter((each) => !own.includes(each))
      .toSorted(),
  )
  assert.deepEqual(
    [JSON.stringify(Cmd)],
    all('CMD').map((each) => JSON.stringify(JSON.parse(each))),
  )
  assert.deepEqual(['CMD', ...JSON.parse(/CMD (\[.*\])/.exec(all('HEALTHCHECK')[0] ?? '')?.[1] ?? '[]')], Healthcheck.Test)
  assert.deepEqual([[WorkingDir], Object.keys(ExposedPorts)], [all('WORKDIR').slice(-1), all('EXPOSE').map((each) => `${each}/tcp`)])
  assert.ok(all('RUN').includes('mkdir -m 1777 /config /state'))
})

describe("Debian's libraries", { skip }, () => {
  test('are pinned for each processor', () => {
    for (const processor of PROCESSORS) {
      const libraries = librariesFor(processor)
      assert.deepEqual(libraries.map(({ name }) => name).toSorted(), ['libc6', 'libgcc-s1', 'libstdc++6'])
      for (const { path, sha256, version } of libraries) {
        assert.match(path, new RegExp(`^pool/main/.*_${processor.name}\\.deb$`))
        assert.match(sha256, /^[0-9a-f]{64}$/)
        assert.notEqual(version, '')
      }
    }
  })

  test('are refused with another checksum; a version that Debian has no more is named', async (t) => {
    const server = await serve(t, (response, { url }) => response.writeHead(url?.startsWith('/d/pool/') ? 200 : 404).end('no package'))
    const library = { name: 'x', version: '1', path: `pool/x_${process.pid}_amd64.deb`, sha256: '0'.repeat(64) }
    const place = join(folder(t), 'place')
    await assert.rejects(unpackLibrary(library, { mirror: new URL(`${server.url}/d`), folder: place }), /has another checksum than/)
    await assert.rejects(unpackLibrary(library, { mirror: new URL(server.url), folder: place }), /404\. Debian keeps present versions only/)
    assert.ok(!existsSync(place))
  })
})
