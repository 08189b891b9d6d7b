/** The completion scripts in real shells. The tests of a shell that is missing are skipped, and say so. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { completionScripts } from '../src/cli/completion/scripts.ts'
import { type CompletionTable, completionTable } from '../src/cli/completion/table.ts'
import { SHELLS, type Shell } from '../src/cli/operands.ts'

/** A table with every mark that a shell could take for its own. */
const odd: CompletionTable = {
  commands: [{ name: 'backup', description: `it's "odd": [a] $HOME \`b\` %s \\ * ~ #`, operand: undefined }],
  options: [
    {
      name: 'strange',
      spellings: ['--strange'],
      description: `it's "odd": [a] $HOME \`b\` %s \\ * ~ # …`,
      valueName: 'one|two',
      value: { kind: 'choices', choices: ['one', 'two'] },
      repeatable: true,
      commands: 'all',
    },
  ],
}

let folder = ''
const scriptPath = (shell: Shell, which = 'program'): string => join(folder, `${which}.${shell}`)

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'completion-'))
  for (const name of ['there', 'old photos', 'data']) mkdirSync(join(folder, 'here', name), { recursive: true })
  writeFileSync(join(folder, 'here', 'data.toml'), '')
  for (const shell of SHELLS) {
    writeFileSync(scriptPath(shell), completionScripts[shell](completionTable))
    writeFileSync(scriptPath(shell, 'odd'), completionScripts[shell](odd))
  }
})
after(() => rmSync(folder, { recursive: true }))

const there = (program: string, option = '--version'): boolean => spawnSync(program, [option], { stdio: 'ignore' }).error === undefined
const skip = (...programs: readonly string[]): string | false => {
  const missing = programs.filter((program) => !there(program))
  return missing.length > 0 && `${missing.join(' and ')} not installed`
}

/** Lines as they are typed, with the words that must stand there after the Tab key. The last word is completed. */
const typed: readonly (readonly [line: string, words: readonly string[]])[] = [
  ['ver', ['verify']],
  ['export --form', ['export', '--format']],
  ['export --format js', ['export', '--format', 'jsonl']],
  ['export --format=js', ['export', '--format=jsonl']],
  ['--type v', ['--type', 'video']],
  ['--json --album ver ver', ['--json', '--album', 'ver', 'verify']],
  ['completion z', ['completion', 'zsh']],
  ['help pro', ['help', 'proof']],
  ['adopt old', ['adopt', 'old photos']],
  ['adopt data', ['adopt', 'data']],
  ['--destination th', ['--destination', 'there']],
  ['--destination=th', ['--destination=there']],
  ['--config data.', ['--config', 'data.toml']],
  ['-cf', ['-cfg']],
  ['-cfg data.', ['-cfg', 'data.toml']],
  ['-stat', ['-stats']],
  // Nothing fits: the line stays.
  ['verify --dry', ['verify', '--dry']],
  ['status th', ['status', 'th']],
  ['--since th', ['--since', 'th']],
]

/** Types lines into a shell at a pseudo-terminal, with the Tab key after each, and returns the words of each line as the shell then reads them. */
function type(command: string, setup: string, lines: readonly string[]): readonly (readonly string[])[] {
  // Ctrl-A goes to the beginning of the line, and the words are printed instead of started.
  const keys = lines.map((line) => `smugmug-backup ${line}\t\u0001printf "<%s>" "" \n`)
  const answer = spawnSync('script', ['-qec', command, '/dev/null'], {
    cwd: join(folder, 'here'),
    encoding: 'utf8',
    env: { PATH: process.env.PATH, TERM: 'dumb', HOME: folder },
    input: `stty cols 500\n${setup}\n${keys.join('')}exit\n`,
    timeout: 60_000,
  })
  const found = [...answer.stdout.matchAll(/<><smugmug-backup>((?:<[^<>%]*>)*)/g)]
  assert.equal(found.length, lines.length, answer.stdout)
  return found.map(([, words = '']) => [...words.matchAll(/<([^<>]*)>/g)].map(([, word = '']) => word.replace(/\/$/, '')))
}

const check = (complete: (lines: readonly string[]) => readonly (readonly string[])[]): void => {
  const found = complete(typed.map(([line]) => line))
  assert.deepEqual(
    typed.map(([line], at) => [line, found[at]]),
    typed.map(([line, words]) => [line, words]),
  )
}

describe('bash', () => {
  const setup = (which?: string): string => `PS1=; bind "set bell-style none"; source ${scriptPath('bash', which)}`
  const shell = 'bash --norc --noprofile -i'

  test('completes commands, options and values', { skip: skip('bash', 'script') }, () => check((lines) => type(shell, setup(), lines)))

  test('offers every command, and every option of a command', { skip: skip('bash', 'script') }, () => {
    // Meta-* puts all that is offered into the line.
    const [commands, options] = type(shell, setup(), ['\u001b*', 'verify --\u001b*'])
    assert.deepEqual(commands, completionTable.commands.map(({ name }) => name).toSorted())
    assert.ok(options?.includes('--sample') && options.includes('--destination') && !options.includes('--dry-run'), options?.join(' '))
  })

  test('reads odd texts', { skip: skip('bash', 'script') }, () =>
    assert.deepEqual(type(shell, setup('odd'), ['--strange tw'])[0], ['--strange', 'two']),
  )
})

describe('zsh', () => {
  const begin = 'PS1=; bindkey -e; setopt no_beep; autoload -Uz compinit; compinit -u -D'
  const setup = (which?: string): string => `${begin}; source ${scriptPath('zsh', which)}`
  const shell = 'zsh -f -i'

  test('completes commands, options and values', { skip: skip('zsh', 'script') }, () => check((lines) => type(shell, setup(), lines)))

  test('finds the script in its own path for functions', { skip: skip('zsh', 'script') }, () => {
    mkdirSync(join(folder, 'functions'))
    writeFileSync(join(folder, 'functions', '_smugmug-backup'), completionScripts.zsh(completionTable))
    const words = type(shell, `fpath=(${join(folder, 'functions')} $fpath); ${begin}`, ['ver', 'verify --samp'])
    assert.deepEqual(words, [['verify'], ['verify', '--sample']])
  })

  test('reads odd texts, and works where the completions of zsh were not started', { skip: skip('zsh', 'script') }, () => {
    const words = type(shell, `PS1=; bindkey -e; source ${scriptPath('zsh', 'odd')}`, ['--strange tw', 'back'])
    assert.deepEqual(words, [['--strange', 'two'], ['backup']])
  })
})

describe('fish', () => {
  /** Returns what fish offers for each line, with the descriptions. */
  const offered = (lines: readonly string[], which?: string): readonly string[] => {
    const code = [`source ${scriptPath('fish', which)}`, ...lines.map((line) => `complete -C 'smugmug-backup ${line}'; echo ====`)]
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', code.join('\n')], {
      cwd: join(folder, 'here'),
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: folder },
    })
    assert.equal(stderr, '')
    return stdout.split('====\n').slice(0, -1)
  }

  test('completes commands, options and values', { skip: skip('fish') }, () =>
    check((lines) =>
      offered(lines).map((answer, at) => {
        const words = (lines[at] ?? '').split(' ')
        const names = answer.split('\n').map((line) => line.split('\t')[0]?.replace(/\/$/, '') ?? '')
        return [...words.slice(0, -1), names.length === 2 ? (names[0] ?? '') : (words.at(-1) ?? '')]
      }),
    ),
  )

  test('offers every command, and every option of a command, with descriptions', { skip: skip('fish') }, () => {
    const [commands = '', options = ''] = offered(['', 'verify --'])
    for (const { name, description } of completionTable.commands) assert.ok(commands.includes(`${name}\t${description}\n`), name)
    assert.match(options, /^--sample\tHash only this share/m)
    assert.doesNotMatch(options, /--dry-run/)
  })

  test('shows odd texts as they are', { skip: skip('fish') }, () =>
    assert.equal(offered(['--str'], 'odd')[0], `--strange\t${odd.options[0]?.description}\n`),
  )
})

describe('PowerShell', () => {
  /** Returns what PowerShell offers for each line. */
  const offered = (lines: readonly string[], which?: string): readonly string[] => {
    const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`
    const code = [
      `. ${quoted(scriptPath('powershell', which))}`,
      ...lines.map(
        (line) =>
          `$line = ${quoted(`smugmug-backup ${line}`)}; (TabExpansion2 $line $line.Length).CompletionMatches | ForEach-Object { $_.CompletionText + "\`t" + $_.ToolTip }; '===='`,
      ),
    ]
    const { stdout, stderr, status } = spawnSync('pwsh', ['-NoProfile', '-NonInteractive', '-Command', code.join('\n')], {
      cwd: join(folder, 'here'),
      encoding: 'utf8',
    })
    assert.deepEqual([status, stderr], [0, ''])
    return stdout.replaceAll('\r', '').split('====\n').slice(0, -1)
  }

  test('completes commands, options and values', { skip: skip('pwsh') }, () => {
    const [command, option, value, joined, shell, goes] = offered([
      'ver',
      'export --form',
      'export --format js',
      'export --format=js',
      'completion z',
      '-cf',
    ])
    assert.match(command ?? '', /^verify\tre-hash/)
    assert.match(option ?? '', /^--format\tThe format/)
    assert.match(value ?? '', /^jsonl\t/)
    assert.match(joined ?? '', /^--format=jsonl\t/)
    assert.match(shell ?? '', /^zsh\t/)
    assert.match(goes ?? '', /^-cfg\tThe configuration/)
  })

  test('reads odd texts', { skip: skip('pwsh') }, () => assert.match(offered(['--strange tw'], 'odd')[0] ?? '', /^two\t/))
})
