import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { readSumLine, sumLine } from './sums.ts'

describe('sumLine', () => {
  test('hash, two spaces, path', () => {
    assert.equal(sumLine('d41d8cd98f00b204e9800998ecf8427e', 'Travel/a b.jpg'), 'd41d8cd98f00b204e9800998ecf8427e  Travel/a b.jpg\n')
  })

  test('a path that would break the line is escaped, and the line marked', () => {
    assert.equal(sumLine('00', 'a\\b\nc\rd'), '\\00  a\\\\b\\nc\\rd\n')
    assert.equal(sumLine('00', 'a\\n'), '\\00  a\\\\n\n')
  })
})

describe('the tools that everybody has accept it', () => {
  const names = [
    'plain.jpg',
    'with space.jpg',
    ' leading.jpg',
    'trailing ',
    '  two',
    '*star.jpg',
    '-dash.jpg',
    '--check',
    '#comment.jpg',
    '\\backslash\\',
    '\\n is no line break',
    'line\nbreak.jpg',
    '\n',
    'carriage\rreturn.jpg',
    'end\r',
    'tab\there.jpg',
    'quote"s\'.jpg',
    'Grüße 🏔️.jpg',
    'e\u0301.jpg',
    'left\u2028right',
    'd41d8cd98f00b204e9800998ecf8427e  x.jpg',
    'MD5 (x.jpg) = d41d8cd98f00b204e9800998ecf8427e',
    'percent%20.jpg',
    '$(touch x).jpg',
  ]

  test('and so do we', () => {
    const hash = 'd41d8cd98f00b204e9800998ecf8427e'
    for (const path of names) assert.deepEqual(readSumLine(sumLine(hash, path).slice(0, -1)), { hash, path })
    for (const line of ['', 'd41d8cd98f00b204e9800998ecf8427e x.jpg', `${hash.slice(1)}  x.jpg`, `${hash}  `])
      assert.equal(readSumLine(line), undefined)
  })

  /** A folder of these files, and their checksum file inside it. */
  const folderOf = (t: TestContext, algorithm: 'md5' | 'sha256'): string => {
    const folder = mkdtempSync(join(tmpdir(), 'sums-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const lines = names.map((name, index) => {
      const path = `Travel/${index % 3}/${name}`
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), `content ${index}`)
      return sumLine(createHash(algorithm).update(`content ${index}`).digest('hex'), path)
    })
    mkdirSync(join(folder, '.smugmug-backup'))
    writeFileSync(join(folder, '.smugmug-backup/SUMS'), lines.join(''))
    return folder
  }

  for (const algorithm of ['md5', 'sha256'] as const) {
    const tool = `${algorithm}sum`
    const isThere = spawnSync(tool, ['--version'], { encoding: 'utf8' }).stdout?.includes('coreutils') === true
    test(`${tool} -c, with every hostile name`, { skip: !isThere && `GNU ${tool} is not here` }, (t) => {
      const folder = folderOf(t, algorithm)
      const check = (): ReturnType<typeof spawnSync> =>
        spawnSync(tool, ['--strict', '--warn', '-c', '.smugmug-backup/SUMS'], {
          cwd: folder,
          encoding: 'utf8',
          env: { LC_ALL: 'C', PATH: process.env.PATH },
        })
      const sound = check()
      assert.equal(sound.status, 0, `${sound.stdout}${sound.stderr}`)
      assert.equal(String(sound.stdout).match(/: OK$/gm)?.length, names.length)

      writeFileSync(join(folder, 'Travel/2/line\nbreak.jpg'), 'other')
      assert.equal(check().status, 1)
    })

    test(`${tool} writes the same lines`, { skip: !isThere && `GNU ${tool} is not here` }, (t) => {
      const folder = folderOf(t, algorithm)
      const paths = names.map((name, index) => `Travel/${index % 3}/${name}`)
      const written = execFileSync(tool, ['--', ...paths], { cwd: folder, encoding: 'utf8' })
      const lines = names.map((_name, index) => sumLine(createHash(algorithm).update(`content ${index}`).digest('hex'), paths[index] ?? ''))
      assert.equal(written, lines.join(''))
    })
  }
})
