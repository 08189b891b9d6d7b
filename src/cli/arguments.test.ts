import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ConfigurationError } from '../errors.ts'
import { parseArguments } from './arguments.ts'
import { COMMANDS } from './command-table.ts'
import { OPERANDS } from './operands.ts'
import { OPTIONS } from './options.ts'
import { type Invocation, plainInvocation, wantsJson } from './words.ts'

type Run = Extract<Invocation, { kind: 'run' }>

const parsed = (...argv: string[]): Run => {
  const invocation = parseArguments(argv, {})
  assert.equal(invocation.kind, 'run')
  return invocation as Run
}

const refused = (...argv: string[]): ConfigurationError => {
  try {
    parseArguments(argv, {})
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error))
    assert.match(error.hint ?? '', /--help$/)
    return error
  }
  assert.fail(`${argv.join(' ')} was accepted`)
}

describe('the command', () => {
  test('without one it is a backup', () => {
    assert.equal(parsed().command, 'backup')
    assert.equal(parsed('--dry-run').command, 'backup')
    assert.equal(parsed('-cfg', 'list').command, 'backup')
  })

  test('every command is understood, with the options of all on either side', () => {
    for (const { name, operand } of COMMANDS) {
      const given = operand === undefined ? [] : [OPERANDS[operand].choices?.[0] ?? 'some/folder']
      for (const argv of [
        ['--config', 'x', '--verbose', name, ...given],
        [name, '--config=x', ...given, '--verbose'],
        ['-verbose', name, '-cfg', 'x', ...given],
      ]) {
        const { command, operand: read, options } = parsed(...argv)
        assert.deepEqual([command, read, options.config, options.verbose], [name, given[0], 'x', true], argv.join(' '))
      }
    }
  })

  test('options of one command may stand before its name too', () => {
    assert.deepEqual(parsed('--sample', '5%', 'verify').options.sample, 0.05)
    assert.deepEqual(parsed('--album', 'a', 'backup', '--album=b').options.overrides, { album: ['a', 'b'] })
  })

  test('an unknown one is refused with the nearest known one', () => {
    assert.match(refused('veryfi').message, /no command "veryfi".*verify\?/)
    assert.match(refused('help', 'lst').message, /no command "lst".*list\?/)
  })

  test('an unknown one is refused without a guess where none is near', () => {
    for (const word of ['xyzzy', 'b', '-', '']) assert.equal(refused(word).message, `There is no command "${word}".`)
  })

  test('only commands that need a folder take one', () => {
    assert.equal(parsed('adopt', 'old').operand, 'old')
    assert.match(refused('adopt').message, /adopt needs a folder/)
    assert.match(refused('proof', 'a', 'b').message, /"b"/)
    assert.match(refused('backup', '/mnt').message, /takes nothing/)
  })

  test('one that takes two words refuses a third', () => {
    assert.match(refused('diff', '1', '2', '3').message, /^diff takes 2 runs or days, but was given "3" as well/)
    assert.match(refused('fleet', 'run', 'a', 'b').message, /^fleet takes 2 words, but was given "b" as well/)
  })

  test('completion takes the name of a shell, in any case', () => {
    for (const word of ['zsh', 'ZSH', 'PowerShell']) assert.equal(parsed('completion', word).operand, word.toLowerCase())
    assert.match(refused('completion').message, /completion needs a shell: smugmug-backup completion bash\|zsh\|fish\|powershell/)
    assert.match(refused('completion', 'tcsh').message, /"tcsh".*bash, zsh, fish, powershell/)
    assert.match(refused('completion', 'bash', 'zsh').message, /takes one shell/)
  })
})

describe('options', () => {
  test("Go's spellings", () => {
    for (const argv of [['-cfg', '/etc/x'], ['-cfg=/etc/x'], ['--cfg', '/etc/x'], ['--config=/etc/x']])
      assert.equal(parsed(...argv).options.config, '/etc/x', argv.join(' '))
    assert.equal(parsed('-stats').options.stats, true)
    assert.equal(parsed('-stats=true').options.stats, true)
    assert.equal(parsed('-stats=F').options.stats, undefined)
    assert.equal(parsed('--stats=0').options.stats, undefined)
    assert.equal(parsed('--stats=1').options.stats, true)
    for (const port of ['2', '7070', '65535']) assert.equal(parsed(`-stats=${port}`, 'backup', '--json').options.stats, Number(port))
    assert.equal(parsed('--stats=7070', '-stats').options.stats, true)
    for (const wrong of ['', '65536', '80a', '-1', '7070.5', ' 7070', 'yes'])
      assert.throws(() => parsed(`--stats=${wrong}`), /--stats is ".*", but it takes a port from 2 to 65535 after =/)
    assert.throws(() => parsed('--stats', '7070'), /There is no command "7070"/)
    assert.equal(parseArguments(['-version'], {}).kind, 'version')
    assert.equal(parseArguments(['--version'], {}).kind, 'version')
  })

  test('values are never taken for options', () => {
    assert.deepEqual(parsed('--album', '-cfg').options.overrides, { album: ['-cfg'] })
    assert.equal(parsed('--config', '--json').options.json, false)
    assert.equal(parsed('adopt', '--', '-odd-name').operand, '-odd-name')
  })

  test('settings stay text for the configuration to read', () => {
    const { overrides } = parsed('--limit-rate', '2M', '--since=2024', '--concurrent-downloads', '8', '--destination', 'a=b').options
    assert.deepEqual(overrides, { limitRate: '2M', since: '2024', concurrentDownloads: '8', destination: 'a=b' })
  })

  test('of a single value the last counts, and of a switch', () => {
    assert.equal(parsed('-cfg', 'a', '-cfg', 'b').options.config, 'b')
    assert.equal(parsed('--json', '--json=false').options.json, false)
    assert.equal(parsed('--json=false', '-json').options.json, true)
  })

  test('values may begin with a dash, and may be empty only where the refusal says so', () => {
    assert.deepEqual(parsed('--concurrent-albums', '-5').options.overrides, { concurrentAlbums: '-5' })
    assert.deepEqual(parsed('--concurrent-albums=-5').options.overrides, { concurrentAlbums: '-5' })
    assert.deepEqual(parsed('--album=--', '--album', '--').options.overrides, { album: ['--', '--'] })
    for (const argv of [['--limit-rate='], ['--limit-rate', ''], ['-limit-rate', ' ']])
      assert.match(refused(...argv).message, /--limit-rate is empty/)
  })

  test('after -- no word is an option', () => {
    assert.equal(parsed('--', 'list').command, 'list')
    assert.match(refused('list', '--', '--json').message, /list takes nothing after its name, but was given "--json"/)
  })

  test('a guess is made only where an option is near, and only of those that the command takes', () => {
    for (const [argv, message] of [
      [['--dest', 'x'], 'There is no option --dest. Did you mean --destination?'],
      [['verify', '--sampel=5%'], 'There is no option --sampel. Did you mean --sample?'],
      [['-v'], 'There is no option -v.'],
      [['-n'], 'There is no option -n.'],
      [['--mock'], 'There is no option --mock.'],
      [['list', '--ful'], 'There is no option --ful.'],
      [['--=x'], 'There is no option --.'],
    ] as const)
      assert.equal(refused(...argv).message, message)
  })

  test("a refusal points to the command's own help", () => {
    for (const [argv, command] of [
      [['export', '--format', 'xml'], 'export '],
      [['--format', 'xml'], 'export '],
      [['verify', '--sample', 'five'], 'verify '],
      [['--sample=five', 'verify'], 'verify '],
      [['list', '--nonsense'], 'list '],
      [['status', '--config'], 'status '],
      [['--nonsense'], ''],
      [['--type'], ''],
    ] as const)
      assert.equal(refused(...argv).hint, `See: smugmug-backup ${command}--help`, argv.join(' '))
  })

  test('the version', () => {
    for (const argv of [['-V'], ['-version'], ['--version'], ['status', '-V']])
      assert.deepEqual(parseArguments(argv, {}), { kind: 'version', check: false }, argv.join(' '))
    assert.deepEqual(parseArguments(['--check', '-V'], {}), { kind: 'version', check: true })
    for (const argv of [['--check'], ['status', '--check']])
      assert.throws(() => parseArguments(argv, {}), /does not take --check; it belongs to --version/)
  })

  test('DEBUG and NO_COLOR come from the environment', () => {
    const read = (env: Record<string, string>, ...argv: string[]) => (parseArguments(argv, env) as Run).options
    assert.equal(read({ DEBUG: '1' }).verbose, true)
    assert.equal(read({ DEBUG: '0' }).verbose, false)
    assert.equal(read({ DEBUG: '1' }, '--quiet').verbose, false)
    assert.equal(read({ NO_COLOR: '1' }).color, false)
    assert.equal(read({ NO_COLOR: '' }).color, true)
    assert.equal(read({}, '--no-color').color, false)
  })

  for (const [argv, message] of [
    [['--ful'], /--ful\. Did you mean --full/],
    [['-mock'], /no option -mock/],
    [['list', '--full'], /list does not take --full; it belongs to backup/],
    [['verify', '--sample', '5'], /--sample is "5".*5%/],
    [['verify', '--max-duration=soon'], /--max-duration is "soon".*30m/],
    [['export', '--format', 'pdf'], /--format is "pdf".*csv/],
    [['--limit-rate'], /--limit-rate needs a value/],
    [['--destination', ''], /--destination is empty/],
    [['--json=maybe'], /--json takes no value/],
    [['--quiet', '--verbose'], /contradict/],
    [['export', '--json'], /--output FILE/],
    [['login', '--json', '--print'], /--print/],
  ] as const)
    test(`refused: ${argv.join(' ')}`, () => assert.match(refused(...argv).message, message))
})

describe('help', () => {
  test('in all its spellings', () => {
    for (const argv of [['--help'], ['-help'], ['-h'], ['help'], ['--verbose', '-h']])
      assert.deepEqual(parseArguments(argv, {}), { kind: 'help' }, argv.join(' '))
    for (const argv of [
      ['help', 'adopt'],
      ['adopt', '--help'],
      ['-h', 'adopt'],
    ])
      assert.deepEqual(parseArguments(argv, {}), { kind: 'help', command: 'adopt' }, argv.join(' '))
  })
})

test('help and the version are answered at once, as commander would answer', () => {
  const plain = [['--help'], ['-h'], ['help'], ['adopt', '--help'], ['-h', 'adopt'], ['--version'], ['-V', 'adopt'], ['--json', '-help']]
  for (const argv of plain) assert.deepEqual(plainInvocation(argv), parseArguments(argv, {}), argv.join(' '))
  for (const argv of [
    [],
    ['adopt'],
    ['--json'],
    ['help', 'adopt'],
    ['adopt', 'here', '--help'],
    ['nonsense', '--help'],
    ['--bogus', '--help'],
    ['--help', '--help=false'],
    ['--config', 'true', '--help'],
    ['--sample', 'x', '--help'],
    ['--version', '--check'],
  ])
    assert.equal(plainInvocation(argv), undefined, argv.join(' '))
})

test('JSON is recognised in a command line that is wrong', () => {
  assert.equal(wantsJson(['--bogus', '--json']), true)
  assert.equal(wantsJson(['-json=true', 'nonsense']), true)
  assert.equal(wantsJson(['--json=false']), false)
  assert.equal(wantsJson(['--json', '--json=false']), false)
  assert.equal(wantsJson(['--album', '--json', '--bogus']), false)
  assert.equal(wantsJson(['--bogus']), false)
})

test('the values of an option are understood in any case', () => {
  for (const row of OPTIONS.filter(
    ({ value, setting }) => setting === undefined && value !== undefined && /^[a-z]+(\|[a-z]+)+$/.test(value),
  ))
    for (const value of (row.value ?? '').split('|')) {
      const command = row.commands === 'all' ? 'backup' : (row.commands[0] ?? 'backup')
      for (const written of [value, value.toUpperCase(), ` ${value[0]?.toUpperCase()}${value.slice(1)}`])
        assert.equal(parsed(command, `--${row.name}`, written).options[row.name as 'format'], value)
    }
})
