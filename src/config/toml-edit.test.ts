import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse } from 'smol-toml'
import { fc } from '../../test/support/properties.ts'
import { ConfigurationError } from '../errors.ts'
import { changeText, type Line } from './toml-edit.ts'

const tokens: readonly Line[] = [
  ['user_token', 'T'],
  ['user_secret', 'S'],
]
const change = (text: string, account?: string): string => changeText(text, tokens, { path: 'config.toml', account })

describe('the lines of the tokens are changed, and nothing else', () => {
  for (const [what, before, after] of [
    [
      'in their section, comments and order kept',
      '# mine\n[authentication]\nuser_secret = "old" # keep me\napi_key="k"\n\tuser_token   =   \'old\'   # and me\n\n# end',
      '# mine\n[authentication]\nuser_secret = "S" # keep me\napi_key="k"\n\tuser_token   =   "T"   # and me\n\n# end',
    ],
    [
      'at the top level',
      'user_token = "a"\nuser_secret = "b"\n[store]\nwrite_csv = true\n',
      'user_token = "T"\nuser_secret = "S"\n[store]\nwrite_csv = true\n',
    ],
    [
      'in both places',
      'user_token = ""\n[authentication]\nuser_token = "a"\nuser_secret = "b"',
      'user_token = "T"\n[authentication]\nuser_token = "T"\nuser_secret = "S"',
    ],
    [
      'in another spelling',
      '[ Authentication ]\nUSER_TOKEN = "a"\n"User_Secret" = """b"""\n',
      '[ Authentication ]\nUSER_TOKEN = "T"\n"User_Secret" = "S"\n',
    ],
    [
      'as dotted keys',
      'authentication . user_token = 1\n"authentication".\'user_secret\' = []\n',
      'authentication . user_token = "T"\n"authentication".\'user_secret\' = "S"\n',
    ],
    [
      'in an inline table',
      'authentication = {user_token="a", api_key="k", user_secret="b"} # c',
      'authentication = {user_token="T", api_key="k", user_secret="S"} # c',
    ],
    [
      'with Windows line ends',
      '\ufeff[authentication]\r\nuser_token = "a"\r\nuser_secret = "b"\r\n',
      '\ufeff[authentication]\r\nuser_token = "T"\r\nuser_secret = "S"\r\n',
    ],
    [
      'over several lines',
      '[authentication]\nuser_token = """\na # b\n""" # c\nuser_secret = [\n  1, # ]\n  "]",\n]\n[store]\n',
      '[authentication]\nuser_token = "T" # c\nuser_secret = "S"\n[store]\n',
    ],
    [
      'though texts and comments look like them',
      'file_names = """\nuser_token = "a"\n"""\n# user_token = "b"\nalbum = ["user_secret = 1", """\n[authentication]""", \'\'\'\n#\'\'\']\n[authentication]\nuser_token = "a"\nuser_secret = "b"',
      'file_names = """\nuser_token = "a"\n"""\n# user_token = "b"\nalbum = ["user_secret = 1", """\n[authentication]""", \'\'\'\n#\'\'\']\n[authentication]\nuser_token = "T"\nuser_secret = "S"',
    ],
  ] as const) {
    test(what, () => assert.equal(change(before), after))
  }

  test('the tokens of accounts stay', () => {
    const before = '[authentication]\nuser_token = "a"\nuser_secret = "b"\n[account.x]\nuser_token = "c"\nuser_secret = "d"\n'
    assert.equal(change(before), before.replace('"a"', '"T"').replace('"b"', '"S"'))
  })
})

describe('what is missing is added', () => {
  for (const [what, before, after] of [
    ['to nothing', '', '[authentication]\nuser_token = "T"\nuser_secret = "S"\n'],
    [
      'in a new section',
      '[store]\nwrite_csv = true',
      '[store]\nwrite_csv = true\n\n[authentication]\nuser_token = "T"\nuser_secret = "S"\n',
    ],
    [
      'after the last key of the section',
      '[authentication]\n  api_key = "k" # c\n  # user_token = "x"\n\n[store]\n',
      '[authentication]\n  api_key = "k" # c\n  user_token = "T"\n  user_secret = "S"\n  # user_token = "x"\n\n[store]\n',
    ],
    ['under an empty section', '[authentication] # c\n[store]\n', '[authentication] # c\nuser_token = "T"\nuser_secret = "S"\n[store]\n'],
    ['at an end without a line end', '[authentication]', '[authentication]\nuser_token = "T"\nuser_secret = "S"\n'],
    ['one of the two', '[authentication]\nuser_token = "a"\n', '[authentication]\nuser_token = "T"\nuser_secret = "S"\n'],
    [
      'with Windows line ends',
      '[authentication]\r\napi_key = "k"\r\n',
      '[authentication]\r\napi_key = "k"\r\nuser_token = "T"\r\nuser_secret = "S"\r\n',
    ],
    [
      'beside dotted keys',
      'authentication.api_key = "k"\n',
      'authentication.api_key = "k"\nauthentication.user_token = "T"\nauthentication.user_secret = "S"\n',
    ],
    ['to an inline table', 'authentication = { api_key = "k" }', 'authentication = { user_token = "T", user_secret = "S", api_key = "k" }'],
    ['to an empty inline table', 'authentication = {}', 'authentication = { user_token = "T", user_secret = "S"}'],
  ] as const) {
    test(what, () => assert.equal(change(before), after))
  }
})

describe('the tokens of an account', () => {
  for (const [what, before, after] of [
    [
      'flat, in another spelling of its name',
      'user_token = "a"\n[Account.Family]\nuser_token = "b"\n[account.other]\nuser_token = "c"\n',
      'user_token = "a"\n[Account.Family]\nuser_token = "T"\nuser_secret = "S"\n[account.other]\nuser_token = "c"\n',
    ],
    [
      'in its section',
      '[account.family]\nwrite_csv = true\n[account.family.authentication]\n',
      '[account.family]\nwrite_csv = true\n[account.family.authentication]\nuser_token = "T"\nuser_secret = "S"\n',
    ],
    [
      'in a new table, spelt as the file does',
      '[account.FAMILY.store]\nwrite_csv = true\n',
      '[account.FAMILY.store]\nwrite_csv = true\n\n[account.FAMILY]\nuser_token = "T"\nuser_secret = "S"\n',
    ],
    [
      'in a new table',
      '[authentication]\napi_key = "k"\n',
      '[authentication]\napi_key = "k"\n\n[account.family]\nuser_token = "T"\nuser_secret = "S"\n',
    ],
  ] as const) {
    test(what, () => assert.equal(change(before, 'family'), after))
  }

  test('whose name needs quotes', () => {
    assert.deepEqual(parse(change('', 'Aunt "May"')), parse('account."Aunt \\"May\\"" = { user_token = "T", user_secret = "S" }'))
  })
})

describe('what is refused', () => {
  test('a file that is not TOML', () => {
    assert.throws(
      () => change('[authentication]\nuser_token = abc'),
      (error) => error instanceof ConfigurationError && /config\.toml, line 2/.test(error.message) && !error.message.includes('abc'),
    )
  })

  for (const text of ['authentication = 5', '[[authentication]]\napi_key = "k"', 'account.family.store.write_csv = true']) {
    test(`a file in which there is no safe place: ${text}`, () => {
      assert.throws(
        () => change(text, text.startsWith('account') ? 'family' : undefined),
        (error) => error instanceof ConfigurationError && /--print/.test(error.hint ?? ''),
      )
    })
  }
})

describe('any TOML', () => {
  const blank = fc.constantFrom('', ' ', '\t', '  ')
  const plain = fc.string({ unit: fc.constantFrom(..."ab #=[]{},.;'é😀"), maxLength: 12 })
  const literal = plain.map((text) => `'${text.replaceAll("'", '')}'`)
  const basic = fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text.toWellFormed()).replaceAll('\u007f', '\\u007f'))
  const longBasic = fc
    .tuple(plain, plain, fc.constantFrom('', '"', '""'))
    .map(([a, b, end]) => `"""${a}\n\\"\\\\ "" [authentication]\n${b}${end}"""`)
  const longLiteral = fc
    .tuple(plain, fc.constantFrom('', "'", "''"))
    .map(([text, end]) => `'''\nuser_token = 1\n${text.replaceAll("'", '')}${end}'''`)
  const scalar = fc.oneof(
    literal,
    basic,
    longBasic,
    longLiteral,
    fc.constantFrom('true', '5', '-1.5e3', '2024-05-01 10:00:00', '0xff', 'inf'),
  )
  const list = fc
    .tuple(fc.array(scalar, { maxLength: 3 }), fc.constantFrom(', ', ',', ',\n', ' , # ] "\n'), fc.constantFrom('', '\n', ' # x ]\n'))
    .map(([values, comma, end]) => `[${end}${values.join(comma)}${end}]`)
  const otherKey = fc.constantFrom('a', 'b-1', '"c d"', "'e.#f'", '"g\\u0022"')
  const braces = fc
    .tuple(
      fc.uniqueArray(fc.constantFrom('user_token', 'x', '"y z"', 'authentication.user_secret'), { maxLength: 3 }),
      fc.oneof(scalar, list),
    )
    .map(([keys, value]) => `{ ${keys.map((key) => `${key} = ${value}`).join(', ')} }`)
  const value = fc.oneof(scalar, list, braces)
  const tokenKey = fc.constantFrom(
    'user_token',
    'USER_TOKEN',
    '"user_secret"',
    "'User_Secret'",
    'user_secret',
    '"user\\u005ftoken"',
    'api_key',
  )
  const statement = (key: fc.Arbitrary<string>) =>
    fc.record({ key, value, indent: blank, left: blank, right: blank, comment: fc.constantFrom('', '# user_token = "no"', '#"\'[{') })
  const filler = fc.constantFrom('', '  ', '# [authentication]', '\t# user_secret = "no"', '#"""')
  const body = fc.tuple(
    fc.uniqueArray(statement(fc.oneof(tokenKey, otherKey)), {
      selector: ({ key }) => parse(`${key}=1`) && Object.keys(parse(`${key}=1`))[0],
      maxLength: 4,
    }),
    fc.array(filler, { maxLength: 3 }),
  )
  const header = fc.constantFrom(
    'authentication',
    '"Authentication"',
    'store',
    'other . "x]"',
    'account.bob',
    'account."bob".authentication',
    'account.eve',
  )
  const nameOf = (key: string): string => (Object.keys(parse(`${key} = 1`))[0] ?? '').toLowerCase()
  const values: Readonly<Record<string, string>> = { user_token: '"T"', user_secret: '"S"' }
  const targets = (account: string | undefined): readonly string[] =>
    account === undefined ? ['', 'authentication'] : [`account.${account}`, `account.${account}.authentication`]

  const file = fc
    .record({
      top: body,
      sections: fc.uniqueArray(fc.tuple(header, body), { selector: ([name]) => name, maxLength: 4 }),
      newline: fc.constantFrom('\n', '\r\n'),
      start: fc.constantFrom('', '\ufeff'),
      end: fc.boolean(),
      account: fc.constantFrom(undefined, 'bob', 'nobody'),
    })
    .map(({ top, sections, newline, start, end, account }) => {
      /** Returns the lines of a section as they are, or with its tokens changed. */
      const linesOf = ([statements, fillers]: typeof top, section: string, changed: boolean): readonly string[] => {
        const isTarget = changed && targets(account).includes(section.replaceAll('"', '').toLowerCase())
        return [
          ...statements.map(({ key, value, indent, left, right, comment }) => {
            const shown = (isTarget ? values[nameOf(key)] : undefined) ?? value
            return `${indent}${key}${left}=${right}${shown}${left}${comment}`
          }),
          ...fillers,
        ]
      }
      const textOf = (changed: boolean): string => {
        const lines = [
          ...linesOf(top, '', changed),
          ...sections.flatMap(([name, section]) => [`[${name}]`, ...linesOf(section, name, changed)]),
        ]
        return start + lines.join('\n').replaceAll('\n', newline) + (end ? newline : '')
      }
      return { before: textOf(false), changed: textOf(true), account }
    })

  type Table = Readonly<Record<string, unknown>>
  const isTable = (value: unknown): value is Table =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
  const tokenNames = ['user_token', 'user_secret']

  /** Splits a file into the tables in which the tokens of an account count, by the loader's rules, and the rest. */
  const split = (text: string, account: string | undefined): { readonly found: readonly unknown[]; readonly rest: unknown } => {
    const found: unknown[] = []
    const places = account === undefined ? ['', 'authentication'] : [`account/${account}`, `account/${account}/authentication`]
    const walk = (table: Table, path: string): Table =>
      Object.fromEntries(
        Object.entries(table).flatMap(([key, value]) => {
          const name = key.toLowerCase()
          if (places.includes(path) && tokenNames.includes(name)) {
            found.push([name, value])
            return []
          }
          const rest = isTable(value) ? walk(value, path === '' ? name : `${path}/${name}`) : value
          // A table that only had tokens is as good as none.
          return isTable(rest) && Object.keys(rest).length === 0 ? [] : [[key, rest]]
        }),
      )
    return { found, rest: walk(parse(text, { integersAsBigInt: 'asNeeded' }), '') }
  }

  test('says afterwards what it said before but for the tokens, and every other byte is the same', () => {
    fc.assert(
      fc.property(file, ({ before, changed, account }) => {
        const after = change(before, account)
        const { found, rest } = split(after, account)
        assert.deepEqual(new Set(found.map(String)), new Set(['user_token,T', 'user_secret,S']))
        assert.deepEqual(rest, split(before, account).rest)

        // The old lines, their tokens changed, and at most one stretch of added lines.
        const added = after.length - changed.length
        const at = changed.split('').findIndex((letter, index) => letter !== after[index])
        const start = at === -1 ? changed.length : at
        assert.equal(after.slice(0, start) + after.slice(start + added), changed)

        assert.equal(change(after, account), after)
      }),
      { numRuns: 1000 },
    )
  })

  test('any token is read as it was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (token) => {
        const text = changeText('', [['user_token', token]], { path: 'config.toml', account: undefined })
        assert.deepEqual(JSON.stringify(parse(text)), JSON.stringify({ authentication: { user_token: token.toWellFormed() } }))
      }),
    )
  })
})
