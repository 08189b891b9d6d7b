/** The repository stands on its own, and what it promises beside the program is true. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, test } from 'node:test'
import { read, repositoryFiles, root } from './manual.ts'

const files = repositoryFiles()
const texts = files
  .filter((path) => !/\.(?:jpe?g|png|gif|heic|heif|tiff?|mp4|ico)$/i.test(path) && path !== 'package-lock.json')
  .map((path) => ({ path, text: read(path) }))

interface Manifest {
  readonly engines: { readonly node: string }
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}
const manifest = JSON.parse(read('package.json')) as Manifest

describe('the repository', () => {
  test('names no path of the machine it was written on', () => {
    const local = new RegExp(`(?<![\\w.:}-])/(?:${['work', 'root'].join('|')})/[^\\s]*`, 'g')
    const found = texts.flatMap(({ path, text }) => (text.match(local) ?? []).map((hit) => `${path}: ${hit}`))
    assert.deepEqual(found, [])
  })

  test('has every page in capitals that it speaks of', () => {
    const spoken = texts
      .filter(({ path }) => !path.startsWith('test/samples/'))
      .flatMap(({ path, text }) => (text.match(/\b[A-Z]{4,}\.md\b/g) ?? []).map((name) => ({ path, name })))
    const missing = spoken.filter(
      ({ path, name }) =>
        !files.includes(name) && !files.includes(posix.join(posix.dirname(path), name)) && !files.some((file) => file.endsWith(`/${name}`)),
    )
    assert.deepEqual(missing, [])
  })
})

describe('the decisions', () => {
  const records = files.filter((path) => /^docs\/decisions\/\d/.test(path))

  test('are numbered without gaps, and each says what was decided, why, and what follows', () => {
    assert.ok(records.length > 0)
    for (const [index, path] of records.entries()) {
      const number = String(index + 1).padStart(4, '0')
      assert.match(path, new RegExp(`/${number}-[a-z0-9-]+\\.md$`))
      assert.match(read(path), new RegExp(`^# ${number}\\. .+\\n\\n[\\s\\S]+^## Decision\\n[\\s\\S]+^## Consequences\\n`, 'm'), path)
    }
  })

  test('give every dependency a reason', () => {
    const reasons = read('docs/decisions/0002-dependencies.md')
    const names = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.devDependencies })
    assert.deepEqual(
      names.filter((name) => !reasons.includes(`\`${name}\``)),
      [],
    )
    const told = [...reasons.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? '')
    assert.deepEqual(
      told.filter((name) => !names.includes(name) && !name.startsWith('node:')),
      [],
      'a reason for what is no dependency',
    )
  })
})

describe('the container image', () => {
  const lines = read('Dockerfile').replaceAll('\\\n', ' ').split('\n')
  const made = ['dist', 'node_modules']

  test('copies only what exists', () => {
    const ignored = read('.dockerignore').split('\n')
    const copies = lines.flatMap((line) => /^(?:COPY|ADD)\s+(.+)$/.exec(line)?.[1] ?? [])
    assert.ok(copies.length > 0)
    for (const copy of copies) {
      const words = copy.split(/\s+/)
      const inner = words.some((word) => word.startsWith('--from='))
      for (const source of words.filter((word) => !word.startsWith('--')).slice(0, -1)) {
        const path = source.replace(/^\/app\/?/, '')
        assert.ok(existsSync(join(root, path)) || (inner && made.includes(path)), `Dockerfile copies ${source}, which does not exist`)
        if (!inner) assert.ok(!ignored.includes(path), `Dockerfile copies ${source}, which .dockerignore keeps out`)
      }
    }
  })

  test('starts the program that is there, on a Node that the package asks for', () => {
    const started = lines.flatMap((line) =>
      /^ENTRYPOINT (\[.+\])$/.exec(line) ? (JSON.parse(line.slice('ENTRYPOINT '.length)) as string[]) : [],
    )
    assert.deepEqual(started, ['node', '/app/bin/smugmug-backup.cjs'])
    const images = lines.flatMap((line) => /^FROM (?:--\S+ )?node:(\d+)/.exec(line)?.[1] ?? [])
    assert.ok(images.length > 0 && images.every((major) => major === /\d+/.exec(manifest.engines.node)?.[0]))
  })
})
