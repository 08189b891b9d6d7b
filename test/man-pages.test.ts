/** The manual pages: current, whole, and accepted by the programs that show them. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { manPages } from '../scripts/man-pages.ts'
import { escaped, prose } from '../scripts/mdoc.ts'
import { COMMANDS } from '../src/cli/command-table.ts'
import { EXIT_CODES } from '../src/cli/exit-codes.ts'
import { OPTIONS } from '../src/cli/options.ts'
import { settingRows } from '../src/config/settings.ts'
import { read, root } from './manual.ts'

const skip = (program: string): string | false =>
  spawnSync(program, ['-V'], { stdio: 'ignore' }).error !== undefined && `${program} is not installed`

/** Returns a page as a terminal shows it, without bold and underlined letters. */
const shown = (program: string, ...parameters: readonly string[]): string => {
  const env = { PATH: process.env.PATH, MANWIDTH: '200', LC_ALL: 'C.UTF-8', MANROFFOPT: '-c' }
  const { status, stdout, stderr } = spawnSync(program, parameters, { encoding: 'utf8', env })
  assert.deepEqual([status, stderr], [0, ''])
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a letter typed twice, or over a line, is how bold and underlined are written
  return stdout.replace(/.\u0008|\u001b\[[\d;]*m/gu, '')
}

for (const [path, make] of Object.entries(manPages)) {
  describe(path, () => {
    const file = join(root, path)

    test('is what the tables render', () => assert.ok(read(path) === make(), `${path} is out of date: npm run docs`))

    test('is part of the package', () => {
      const { man, files } = JSON.parse(read('package.json')) as { readonly man: readonly string[]; readonly files: readonly string[] }
      assert.ok(man.includes(path) && files.includes('man'))
    })

    test('is accepted by mandoc', { skip: skip('mandoc') }, () => {
      const { stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', file], { encoding: 'utf8' })
      assert.equal(stdout.replace(/^.*(?:outdated mandoc\.db|referenced manual not found).*\n/gm, ''), '')
    })

    test('is shown by man without a warning', { skip: skip('man') }, () => {
      assert.match(shown('man', '--warnings', '-l', file), /DESCRIPTION/)
    })
  })
}

test('the pages have every command, option, exit code and setting, as they are written', { skip: skip('mandoc') }, () => {
  const [program, settings] = Object.keys(manPages).map((path) => shown('mandoc', '-T', 'ascii', '-O', 'width=200', join(root, path)))
  for (const { name, examples } of COMMANDS) {
    assert.match(program ?? '', new RegExp(`^ +${name}\\b`, 'm'))
    for (const [command] of examples) assert.ok(program?.includes(command), command)
  }
  for (const { name, also = [] } of OPTIONS) for (const each of [`--${name}`, ...also]) assert.ok(program?.includes(each), each)
  for (const [code] of EXIT_CODES) assert.match(program ?? '', new RegExp(`^ +${code}\\b`, 'm'))
  for (const { key } of settingRows) assert.match(settings ?? '', new RegExp(`^ +${key}\\b`, 'm'))
})

test('nothing that is written is read as a command of the page', () => {
  assert.equal(escaped('a\\b -x "q"'), 'a\\eb \\-x \\(dqq\\(dq')
  assert.equal(escaped('.so x'), '\\&.so x')
  assert.equal(prose("'so x"), '\\(aqso x')
  assert.equal(prose('One. Two of `a-b`… [x](y.md) <https://z>'), 'One.\nTwo of \\fBa\\-b\\fR\\[u2026] x https://z')
})
