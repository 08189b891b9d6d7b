/** Tests the sources of Node, and the recipes of package managers. Whole executables are made by a campaign. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { licensesOf } from '../scripts/executables/licenses.ts'
import { fetchNode } from '../scripts/executables/node-builds.ts'
import { recipes } from '../scripts/executables/recipes.ts'
import { type NodeBuild, TARGETS } from '../scripts/executables/targets.ts'
import { read } from './manual.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'executables-'))
  t.after(() => rmSync(made, { recursive: true }))
  return made
}

/** Serves a version of Node that says who it is, in the form of nodejs.org. */
async function openMirror(t: TestContext): Promise<URL> {
  const place = folder(t)
  mkdirSync(join(place, 'node-v1.2.3-linux-x64/bin'), { recursive: true })
  writeFileSync(join(place, 'node-v1.2.3-linux-x64/bin/node'), 'a program')
  writeFileSync(join(place, 'node-v1.2.3-linux-x64/LICENSE'), 'a license')
  assert.equal(spawnSync('tar', ['-czf', join(place, 'node.tar.gz'), '-C', place, 'node-v1.2.3-linux-x64']).status, 0)
  const files: Readonly<Record<string, Buffer>> = {
    '/dist/v1.2.3/node-v1.2.3-linux-x64.tar.gz': readFileSync(join(place, 'node.tar.gz')),
    '/dist/v1.2.3/win-x64/node.exe': Buffer.from('a program'),
  }
  const server = createServer((request, response) => {
    const bytes = files[request.url ?? '']
    response.statusCode = bytes === undefined ? 404 : 200
    response.end(bytes)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/dist`)
}

const build = (given: Partial<NodeBuild>): NodeBuild => ({
  version: '1.2.3',
  system: 'linux-x64',
  npm: 'none',
  sha256: sha256('a program'),
  ...given,
})

describe("Node's own programs", { skip: process.platform !== 'linux' && 'executables are made on Linux' }, () => {
  test('come from a mirror where one is named, and are kept', async (t) => {
    const [mirror, cache] = [await openMirror(t), folder(t)]
    const path = await fetchNode(build({}), { source: mirror, cache })
    assert.equal(readFileSync(path, 'utf8'), 'a program')
    assert.equal(readFileSync(join(path, '..', 'LICENSE'), 'utf8'), 'a license')
    assert.equal(await fetchNode(build({}), { source: new URL('http://127.0.0.1:9/'), cache }), path)
    assert.equal(readFileSync(await fetchNode(build({ system: 'win-x64' }), { source: mirror, cache }), 'utf8'), 'a program')
  })

  test('are refused with another checksum, when they arrive and later', async (t) => {
    const [mirror, cache] = [await openMirror(t), folder(t)]
    await assert.rejects(fetchNode(build({ sha256: sha256('another') }), { source: mirror, cache }), /has another checksum/)
    const path = await fetchNode(build({}), { source: mirror, cache })
    writeFileSync(path, 'changed')
    await assert.rejects(fetchNode(build({}), { source: mirror, cache }), /has another checksum/)
  })

  test('that a mirror does not have are named', async (t) => {
    const [mirror, cache] = [await openMirror(t), folder(t)]
    await assert.rejects(fetchNode(build({ version: '1.2.4' }), { source: mirror, cache }), /answered with 404: Node 1\.2\.4 for linux-x64/)
  })
})

/** Makes an installation of one package. */
function installation(
  t: TestContext,
  { license, files }: { readonly license: string; readonly files: Readonly<Record<string, string>> },
): string {
  const packages = folder(t)
  const place = join(packages, 'node_modules', 'some')
  mkdirSync(place, { recursive: true })
  const manifest = JSON.stringify({ name: 'some', version: '1.2.3', license })
  for (const [name, text] of Object.entries({ ...files, 'package.json': manifest })) writeFileSync(join(place, name), text)
  return packages
}

describe('The licenses of others', () => {
  const README = '# some\n\n## Licensing\r\n\r\nThis software contains third-party libraries: cairo\r\n\r\n## Use\n\nAnyhow'
  const MIT = { license: 'MIT', files: { LICENSE: 'a license', 'NOTICE.txt': 'a notice' } }

  test('are all there: of Node, of the packages with their notices, of the map and the towns', (t) => {
    const text = licensesOf({ node: 'that of Node', packages: installation(t, MIT) })
    for (const part of ['that of Node', 'some 1.2.3', 'a license', 'a notice', 'GeoNames', 'CC BY 4.0', 'Natural Earth', 'Michael Bostock'])
      assert.ok(text.includes(part), part)
    assert.ok(!text.includes('GNU LESSER'), 'nothing here has that license')
  })

  test('come with the text of the LGPL, and with the names of the libraries that are built in', (t) => {
    for (const license of ['LGPL-3.0-or-later', 'Apache-2.0 AND LGPL-3.0-or-later']) {
      const files = { 'README.md': README, ...(license.startsWith('Apache') && { LICENSE: 'Apache' }) }
      const text = licensesOf({ node: '', packages: installation(t, { license, files }) })
      assert.match(text, /GNU LESSER GENERAL PUBLIC LICENSE\n\s+Version 3/, license)
      assert.match(text, /GNU GENERAL PUBLIC LICENSE\n\s+Version 3/, license)
      assert.ok(text.includes('third-party libraries: cairo') && !text.includes('Anyhow'), license)
    }
  })

  test('stop the making where a package has no text of its license', (t) => {
    for (const license of ['MIT', 'MIT OR Apache-2.0', 'MIT AND LGPL-3.0-or-later']) {
      const packages = installation(t, { license, files: { 'README.md': README } })
      assert.throws(() => licensesOf({ node: '', packages }), /some has no text of its license/, license)
    }
  })
})

test('Every page that says how to get the program leads to the page about installing', () => {
  for (const page of ['README.md', 'docs/automation.md', 'docs/from-the-go-program.md'])
    assert.match(read(page), /\]\((?:docs\/)?install\.md[)#]/, page)
})

const released = TARGETS.map(({ name, archive }) => ({ target: name, file: `smugmug-backup-${name}.${archive}`, sha256: sha256(name) }))
const hasRuby = spawnSync('ruby', ['--version']).status === 0

describe('The recipes of package managers', () => {
  const texts = recipes(released)

  test('name every archive by address and checksum', () => {
    for (const { target, file, sha256 } of released) {
      const named = [...texts.values()].filter((text) => text.includes(file) && text.toLowerCase().includes(sha256))
      assert.equal(named.length, 1, target)
    }
  })

  test('are left out where one of their systems was not made', () => {
    const names = (missing: string) =>
      [...recipes(released.filter(({ target }) => target !== missing)).keys()].map((path) => path.split('/')[0])
    assert.deepEqual(new Set(names('macos-x64')), new Set(['winget']))
    assert.deepEqual(new Set(names('windows-x64')), new Set(['homebrew']))
  })

  test('have the form that Ruby and YAML ask for', { skip: !hasRuby && 'ruby is not installed' }, (t) => {
    const place = folder(t)
    for (const [path, text] of texts) {
      const file = join(place, path.replace('/', '-'))
      writeFileSync(file, text)
      const read = file.endsWith('.rb')
        ? ['-c', file]
        : ['-ryaml', '-rjson', '-e', 'puts JSON.generate(YAML.safe_load_file(ARGV[0]))', file]
      const { status, stdout, stderr } = spawnSync('ruby', read, { encoding: 'utf8' })
      assert.equal(status, 0, stderr)
      if (!file.endsWith('.yaml')) continue
      const { PackageIdentifier, PackageVersion, ManifestType, Installers } = JSON.parse(stdout)
      assert.ok(PackageIdentifier && PackageVersion && ManifestType, path)
      if (ManifestType === 'installer')
        assert.deepEqual(
          Installers.map((each: { Architecture: string }) => each.Architecture),
          ['x64', 'arm64'],
        )
    }
  })
})
