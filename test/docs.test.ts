/** The manual is tested: what it says of the command line, the settings and the exit codes is what the program does. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join, posix } from 'node:path'
import { before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { localLinks, type Page, parsePage, read, repositoryFiles, root, shellLines } from './manual.ts'
import { blank, literalsOf } from './source-text.ts'

const program = join(root, 'bin', 'smugmug-backup.cjs')

const pages: readonly Page[] = repositoryFiles()
  .filter((path) => path.endsWith('.md'))
  .map((path) => parsePage(path, read(path)))

const pageAt = (path: string): Page => {
  const page = pages.find((each) => each.path === path)
  assert.ok(page, `${path} is missing`)
  return page
}

const longOptions = (text: string): readonly string[] => [...text.matchAll(/(?<![\w-])--[a-z][a-z0-9-]*/g)].map(([option]) => option)

/** The contents of `--help`: the options, and for the program itself the commands. */
interface Help {
  readonly options: ReadonlySet<string>
  readonly commands: readonly string[]
}

async function help(...command: readonly string[]): Promise<Help> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...command, '--help'], { encoding: 'utf8' })
  const terms = stdout.split('\n').flatMap((line) => /^ {2,4}(-.+?)(?: {2,}|$)/.exec(line)?.[1] ?? [])
  const listed = /^Commands:\n((?: +.*\n?)+)/m.exec(stdout)?.[1] ?? ''
  const commands = [...listed.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map((match) => match[1] ?? '').filter((name) => name !== 'help')
  assert.ok(terms.length > 0, `--help of ${command.join(' ') || 'the program'} lists no option:\n${stdout}`)
  return { options: new Set([...longOptions(terms.join('\n')), '--help']), commands }
}

describe('the command line', () => {
  const helps = new Map<string, Help>()
  /** The options of every command. */
  let common: ReadonlySet<string> = new Set()

  const optionsOf = (command: string): ReadonlySet<string> => new Set([...(helps.get(command)?.options ?? []), ...common, '--version'])

  before(async () => {
    const { commands } = await help()
    assert.ok(commands.length > 0, '--help lists no command')
    for (const [index, answer] of (await Promise.all(commands.map((command) => help(command)))).entries())
      helps.set(commands[index] ?? '', answer)
    const all = [...helps.values()].map(({ options }) => options)
    common = new Set([...(all[0] ?? [])].filter((option) => all.every((options) => options.has(option))))
  })

  test('docs/cli.md has a section for each command, with its options and no others', () => {
    const { sections } = pageAt('docs/cli.md')
    for (const command of helps.keys()) {
      const section = sections.find(({ title }) => new RegExp(`^(?:smugmug-backup )?${command}\\b`).test(title))
      assert.ok(section, `docs/cli.md has no heading for the command ${command}`)
      const told = new Set(longOptions(section.text))
      const known = optionsOf(command)
      assert.deepEqual(
        [...told].filter((option) => !known.has(option)),
        [],
        `docs/cli.md tells options of ${command} that it does not take`,
      )
      const own = [...known].filter((option) => !common.has(option) && option !== '--version')
      assert.deepEqual(
        own.filter((option) => !told.has(option)),
        [],
        `docs/cli.md leaves out options of ${command}`,
      )
    }
  })

  test('docs/cli.md tells every option that all commands share, and none that no command takes', () => {
    const told = new Set(longOptions(read('docs/cli.md')))
    assert.deepEqual(
      [...common].filter((option) => !told.has(option)),
      [],
      'docs/cli.md leaves out common options',
    )
    const known = new Set([...helps.keys()].flatMap((command) => [...optionsOf(command)]))
    assert.deepEqual(
      [...told].filter((option) => !known.has(option)),
      [],
      'docs/cli.md tells options that no command takes',
    )
  })

  test('every command that a page shows exists and takes the options shown', () => {
    let seen = 0
    for (const page of pages) {
      for (const line of shellLines(page)) {
        for (const [, shown = ''] of line.matchAll(/(?:^|[\s/])smugmug-backup((?:\s+[^\s|;&#>]+)+)/g)) {
          const words = shown.trim().split(/\s+/)
          const command = words.find((word, at) => /^[a-z]+$/.test(word) && (at === 0 || helps.has(word)))
          if (command !== undefined) assert.ok(helps.has(command), `${page.path}: \`${line}\`: there is no command ${command}`)
          const wrong = longOptions(words.join(' ')).filter((option) => !optionsOf(command ?? 'backup').has(option))
          assert.deepEqual(wrong, [], `${page.path}: \`${line}\`: ${command ?? 'backup'} does not take this`)
          seen += 1
        }
      }
    }
    assert.ok(seen > 5, 'hardly any page shows a command: the search is broken')
  })

  test('every exit code of the program is explained in docs/cli.md, and no other', () => {
    const declared =
      /export type ExitCode = ([\d| ]+)/
        .exec(read('src/errors.ts'))?.[1]
        ?.split('|')
        .map((code) => code.trim()) ?? []
    assert.ok(declared.length >= 9, 'src/errors.ts no longer declares ExitCode in one line')
    const table = pageAt('docs/cli.md').sections.find(({ title }) => /^exit codes/i.test(title))
    assert.ok(table, 'docs/cli.md has no heading "Exit codes"')
    const told = [...table.text.matchAll(/^\|\s*`?(\d+)`?\s*\|/gm)].map((match) => match[1] ?? '')
    assert.deepEqual(told.toSorted(), declared.toSorted())
  })
})

describe('the settings', () => {
  test('docs/settings.md is what the table of settings renders', async () => {
    const rendering = globSync('src/config/**/*.ts', { cwd: root }).filter((path) =>
      /export (?:const|function) settingsMarkdown\b/.test(read(path)),
    )
    assert.equal(rendering.length, 1, 'src/config exports settingsMarkdown() from one file')
    const { settingsMarkdown } = (await import(join(root, rendering[0] ?? ''))) as { readonly settingsMarkdown: () => string }
    const made = settingsMarkdown()
    const told = read('docs/settings.md').split('\n')
    const line = made.split('\n').findIndex((text, at) => text !== told[at]) + 1
    assert.ok(told.join('\n') === made, `docs/settings.md is out of date (line ${line}): npm run docs`)
  })

  test('every environment variable that a page names is a setting', () => {
    const known = new Set(read('docs/settings.md').match(/SMGMG_BK_[A-Z0-9_]+/g))
    assert.ok(known.size > 10, 'docs/settings.md names hardly any variable')
    for (const { path } of pages) {
      const named = read(path).match(/SMGMG_BK_[A-Z0-9_]+\b/g) ?? []
      const unknown = named.filter((name) => !known.has(name) && !known.has(name.replace(/_FILE$/, '')) && name !== 'SMGMG_BK_USERNAME')
      assert.deepEqual(unknown, [], `${path} names variables that are no setting`)
    }
  })

  test('every key of a configuration that a page shows is a setting', () => {
    const told = read('docs/settings.md')
    for (const { path, blocks } of pages) {
      const keys = blocks
        .filter(({ language }) => language === 'toml')
        .flatMap(({ text }) => [...text.matchAll(/^#?\s?(\w+) ?= /gm)].map((match) => match[1] ?? ''))
      assert.deepEqual(
        keys.filter((key) => !new RegExp(`\\b${key}\\b`).test(told)),
        [],
        `${path} shows keys that are no setting`,
      )
    }
  })
})

describe('the pages', () => {
  test('every link leads to a file and a heading that exist', () => {
    const broken = pages.flatMap((page) =>
      localLinks(page).flatMap((link) => {
        const [target = '', fragment] = link.split('#')
        const path = target === '' ? page.path : posix.join(posix.dirname(page.path), decodeURI(target))
        if (path.startsWith('..') || !existsSync(join(root, path))) return [`${page.path}: ${link}: there is no ${path}`]
        const there = pages.find((each) => each.path === path)
        return fragment === undefined || there === undefined || there.anchors.has(fragment)
          ? []
          : [`${page.path}: ${link}: ${path} has no such heading`]
      }),
    )
    assert.deepEqual(broken, [])
  })

  test('every page can be reached from README.md', () => {
    const reached = new Set(['README.md'])
    for (const from of reached) {
      const page = pages.find(({ path }) => path === from)
      for (const link of page === undefined ? [] : localLinks(page))
        reached.add(posix.join(posix.dirname(from), link.split('#')[0] || posix.basename(from)))
    }
    const lost = pages.map(({ path }) => path).filter((path) => !reached.has(path) && (path.startsWith('docs/') || !path.includes('/')))
    assert.deepEqual(lost, [])
  })

  test('every test that is named as a proof is there', () => {
    const proofs = pages.flatMap(({ path, prose }) =>
      [...prose.matchAll(/\[([^\]]+)\]\(([^)\s]+\.(?:test|contract)\.ts)\)/g)].map(([, name = '', link = '']) => ({
        path,
        name,
        file: posix.join(posix.dirname(path), link),
      })),
    )
    assert.ok(proofs.length > 30, 'hardly any page names a test: the search is broken')
    const named = (file: string): ReadonlySet<string> => {
      const source = existsSync(join(root, file)) ? read(file) : ''
      const code = blank(source)
      const titles = literalsOf(source, code).filter(({ at }) => /\b(?:test|describe|contract)\(\s*$/.test(code.slice(0, at).slice(-40)))
      return new Set(titles.map(({ text }) => text))
    }
    const titles = new Map([...new Set(proofs.map(({ file }) => file))].map((file) => [file, named(file)]))
    const lost = proofs.filter(({ name, file }) => titles.get(file)?.has(name) !== true)
    assert.deepEqual(
      lost.map(({ path, name, file }) => `${path}: ${file} has no test called "${name}"`),
      [],
    )
  })

  test('the two commands of README.md are those that .ci/run runs', () => {
    const promised = pageAt('README.md')
      .blocks.flatMap(({ text }) => text.split('\n'))
      .filter((line) => line.startsWith('npm ci && '))
    assert.deepEqual(promised, ['npm ci && npm run demo', 'npm ci && npm test'])
    const run = read('.ci/run')
    for (const command of promised)
      assert.ok(run.includes(`\nas_the_readme_says '${command}'\n`), `.ci/run does not run \`${command}\` as README.md says it`)
  })

  test('CHANGELOG.md speaks of this version', () => {
    const { version } = JSON.parse(read('package.json')) as { readonly version: string }
    assert.match(read('CHANGELOG.md'), new RegExp(`^## \\[?${version.replaceAll('.', '\\.')}\\b`, 'm'))
  })
})

describe('the reading of pages', () => {
  const page = parsePage(
    'a.md',
    '# One `two`: three\n[x](b.md#c "t") ![y](d.svg) [z](https://e.f) `[no](no.md)`\n```sh\n# not a heading\nsmugmug-backup \\\n  verify\n```\n## One two three\n',
  )

  test('finds links, but not in code or to other sites', () => assert.deepEqual(localLinks(page), ['b.md#c', 'd.svg']))
  test('makes anchors as GitHub does', () => assert.deepEqual([...page.anchors], ['one-two-three', 'one-two-three-1']))
  test('joins lines of shell', () => assert.ok(shellLines(page).some((line) => /smugmug-backup +verify/.test(line))))
})
