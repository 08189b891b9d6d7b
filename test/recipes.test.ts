/**
 * The recipes by which systems start the program, each read by the tool of its system or by a parser of its language. A test is skipped, and says so,
 * where that is missing. The units of systemd in docs/automation.md have a test of their own.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { Ajv } from 'ajv'
import { Deployment } from 'kubernetes-models/apps/v1'
import { Secret } from 'kubernetes-models/v1'
import { parse, parseAllDocuments } from 'yaml'
import { readDocument } from '../src/config/document.ts'
import { readAccountsFile } from '../src/service/fleet/accounts-file.ts'
import { read, root } from './manual.ts'

const page = read('docs/automation.md')

/** Returns the blocks of the page in a language. */
const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, text = '']) => text)

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'recipes-'))
  t.after(() => rmSync(made, { recursive: true }))
  return made
}

const call = (command: string, parameters: readonly string[], input?: string) =>
  spawnSync(command, parameters, { encoding: 'utf8', ...(input !== undefined && { input }) })
const has = (command: string, ...parameters: string[]): boolean => call(command, parameters).status === 0

/** Runs a script of Python that reads a text and prints JSON. */
function python(script: string, input: string): unknown {
  const { status, stdout, stderr } = call('python3', ['-c', script], input)
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}
const noPython = !has('python3', '--version') && 'python3 is not installed'

const SCHEMA = JSON.parse(read('test/samples/compose-spec.schema.json')) as { $schema?: string }
delete SCHEMA.$schema
const isCompose = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(SCHEMA)
const troubles = (text: string): readonly string[] =>
  isCompose(parse(text)) ? [] : (isCompose.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)

/** The second version of Docker's own reader; the first one does not know all keys. */
const composer = ([['docker', 'compose'], ['docker-compose']] as const).find(([command, ...rest]) =>
  /^v?[2-9]\./.test(call(command, [...rest, 'version', '--short']).stdout ?? ''),
)

describe('the compose file', () => {
  const texts = blocks('yaml').filter((text) => /^services:/m.test(text))

  test('has the form that the Compose Specification asks for', () => {
    assert.equal(texts.length, 1)
    for (const text of texts) assert.deepEqual(troubles(text), [])
    assert.notDeepEqual(troubles((texts[0] ?? '').replace('environment:', 'enviroment:')), [])
  })

  test('is the one beside the other recipes', () => assert.deepEqual(texts, [read('packaging/compose.yaml')]))

  test('names every secret and volume that it uses', () => {
    for (const text of texts) {
      const { services, secrets, volumes } = parse(text) as {
        readonly services: Readonly<
          Record<
            string,
            {
              readonly secrets: readonly string[]
              readonly volumes: readonly (string | object)[]
              readonly environment: Readonly<Record<string, string>>
            }
          >
        >
        readonly secrets: object
        readonly volumes: object
      }
      for (const service of Object.values(services)) {
        assert.deepEqual(service.secrets.toSorted(), Object.keys(secrets).toSorted())
        const named = service.volumes.flatMap((volume) => (typeof volume === 'string' ? [volume.split(':')[0]] : []))
        assert.deepEqual(named.toSorted(), Object.keys(volumes).toSorted())
        for (const value of Object.values(service.environment)) {
          const [, secret] = /^\/run\/secrets\/(.+)$/.exec(value) ?? []
          if (secret !== undefined) assert.ok(service.secrets.includes(secret), secret)
        }
      }
    }
  })

  test('has the service that the other lines of the page start, for Synology, too', () => {
    const { services } = parse(texts[0] ?? '') as { readonly services: object }
    const started = [...page.matchAll(/^docker compose .*\brun --rm (\S+)/gm)].map(([, name = '']) => name)
    assert.ok(started.length >= 2)
    for (const name of started) assert.ok(name in services, name)
  })

  test("is accepted by Docker's own reader", { skip: composer === undefined && 'docker compose 2 is not installed' }, (t) => {
    const [command = '', ...rest] = composer ?? []
    const place = folder(t)
    mkdirSync(join(place, 'secrets'))
    for (const text of texts) {
      writeFileSync(join(place, 'compose.yaml'), text)
      for (const [, name = ''] of text.matchAll(/file: \.\/secrets\/(\w+)/g)) writeFileSync(join(place, 'secrets', name), '')
      const { status, stderr } = call(command, [...rest, '--file', join(place, 'compose.yaml'), 'config'])
      assert.equal(status, 0, stderr)
    }
  })
})

describe('the recipes of a fleet', () => {
  const compose = read('packaging/fleet/compose.yaml')
  const manifest = read('packaging/fleet/kubernetes.yaml')
  const manual = read('docs/fleet.md')
  const block = (language: string): string =>
    new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(manual)?.[1] ?? assert.fail(language)

  test('have the forms that their systems ask for', () => {
    assert.deepEqual(troubles(compose), [])
    const [secret, deployment] = parseAllDocuments(manifest).map((document) => document.toJS() as object)
    new Secret(secret).validate()
    new Deployment(deployment as ConstructorParameters<typeof Deployment>[0]).validate()
    const wrong = parse(manifest.split('---')[1]?.replace('replicas: 3', 'replicas: three') ?? '') as never
    assert.throws(() => new Deployment(wrong).validate(), /replicas/)
  })

  test('name every secret and volume that they use, and only variables that there are', () => {
    const { services, secrets, volumes } = parse(compose) as {
      readonly services: Readonly<Record<string, { readonly secrets: readonly string[] }>>
      readonly secrets: object
      readonly volumes: object
    }
    assert.deepEqual(
      Object.values(services)
        .flatMap((service) => service.secrets)
        .toSorted(),
      Object.keys(secrets).toSorted(),
    )
    for (const volume of Object.keys(volumes)) assert.match(compose, new RegExp(`\\b${volume}:/`))
    const mounts = [...manifest.matchAll(/\{ name: (\w+), mountPath/g)].map(([, name]) => name)
    for (const name of mounts) assert.match(manifest, new RegExp(`^        - name: ${name}$`, 'm'))
    const known = read('docs/settings.md')
    for (const [name] of `${compose}${manifest}`.matchAll(/SMGMG_BK_\w+/g)) assert.ok(known.includes(`\`${name}\``), name)
  })

  test('and the examples of the page are read by the program', () => {
    assert.deepEqual([...readDocument(block('toml'), 'config.toml').secrets.keys()], ['ann', 'bob'])
    assert.deepEqual(
      readAccountsFile(block('csv'), 'accounts.csv').map(({ name }) => name),
      ["Ann's weddings", 'Bob'],
    )
    const [{ stringData } = assert.fail()] = parseAllDocuments(manifest).map(
      (document) => document.toJS() as { readonly stringData: Readonly<Record<string, string>> },
    )
    assert.deepEqual([...readDocument(stringData['config.toml'] ?? '', 'config.toml').secrets.keys()], ['ann'])
  })
})

describe('the property lists of launchd', { skip: noPython }, () => {
  const READER = 'import sys, json, plistlib; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))'
  interface Job {
    readonly Label: string
    readonly ProgramArguments: readonly string[]
    readonly KeepAlive?: object
    readonly StartCalendarInterval?: object
  }

  for (const [name, text] of [
    ['of the page', blocks('xml').find((block) => block.includes('<plist')) ?? ''],
    ['of the service', read('packaging/launchd/smugmug-backup.plist')],
  ] as const)
    test(`are read: the one ${name}`, () => {
      const job = python(READER, text) as Job
      assert.equal(job.Label, 'smugmug-backup')
      assert.match(job.ProgramArguments.join(' '), /^\/bin\/sh -c (?:exec )?smugmug-backup\b/)
      assert.ok(job.KeepAlive ?? job.StartCalendarInterval)
    })
})

describe("the task of Windows' scheduler", { skip: noPython }, () => {
  /** The elements of a task, as the schema of version 1.2 names and orders them (MS-TSCH, section 2.5). */
  const KNOWN: Readonly<Record<string, readonly string[]>> = {
    Task: ['RegistrationInfo', 'Triggers', 'Principals', 'Settings', 'Actions'],
    RegistrationInfo: ['Description', 'URI'],
    Triggers: ['LogonTrigger'],
    LogonTrigger: ['Enabled', 'Delay'],
    Principals: ['Principal'],
    Principal: ['LogonType', 'RunLevel'],
    Settings: [
      'MultipleInstancesPolicy',
      'DisallowStartIfOnBatteries',
      'StopIfGoingOnBatteries',
      'StartWhenAvailable',
      'Enabled',
      'ExecutionTimeLimit',
      'Priority',
      'RestartOnFailure',
    ],
    RestartOnFailure: ['Interval', 'Count'],
    Actions: ['Exec'],
    Exec: ['Command', 'Arguments'],
  }
  interface Element {
    readonly name: string
    readonly text: string
    readonly children: readonly Element[]
  }
  const READER = `
import sys, json, xml.etree.ElementTree as tree
def told(e): return {'name': e.tag, 'text': (e.text or '').strip(), 'children': [told(c) for c in e]}
print(json.dumps(told(tree.fromstring(sys.stdin.read()))))`

  test('has the elements of its schema, in its order, and starts the service without an end', () => {
    const found = new Map<string, string>()
    const visit = ({ name, text, children }: Element): void => {
      const bare = name.replace('{http://schemas.microsoft.com/windows/2004/02/mit/task}', '')
      const names = children.map((child) => child.name.replace(/^\{.*\}/, ''))
      assert.deepEqual(
        names,
        (KNOWN[bare] ?? []).filter((each) => names.includes(each)),
        bare,
      )
      found.set(bare, text)
      for (const child of children) visit(child)
    }
    visit(python(READER, read('packaging/windows/smugmug-backup.xml')) as Element)
    assert.equal(found.get('ExecutionTimeLimit'), 'PT0S')
    assert.match(found.get('Arguments') ?? '', /smugmug-backup service > "%USERPROFILE%/)
  })

  test('of the page uses commands and options that PowerShell has', () => {
    const [text = ''] = blocks('powershell').filter((block) => block.includes('Register-ScheduledTask'))
    const known: Readonly<Record<string, readonly string[]>> = {
      'New-ScheduledTaskAction': ['Execute', 'Argument', 'WorkingDirectory'],
      'New-ScheduledTaskTrigger': ['Daily', 'AtLogOn', 'At'],
      'New-ScheduledTaskSettingsSet': ['StartWhenAvailable', 'RunOnlyIfNetworkAvailable', 'ExecutionTimeLimit'],
      'Register-ScheduledTask': ['TaskName', 'Action', 'Trigger', 'Settings'],
    }
    const lines = text.trim().split('\n')
    assert.ok(lines.length >= 4)
    for (const line of lines) {
      const [, command = '', options = ''] = /^(?:\$\w+\s*=\s*)?([\w-]+)(.*)$/.exec(line) ?? []
      for (const [, option = ''] of options.replaceAll(/'[^']*'/g, "''").matchAll(/ -(\w+)/g))
        assert.ok(known[command]?.includes(option), `${command} -${option}`)
    }
  })
})

describe('the units of the package for Debian', {
  skip: !has('systemd-analyze', '--version') && 'systemd-analyze is not installed',
}, () => {
  const units = join(root, 'scripts', 'executables', 'systemd')

  test('are accepted by systemd, and shut the program in', (t) => {
    const place = folder(t)
    for (const name of readdirSync(units))
      writeFileSync(join(place, name), read(`scripts/executables/systemd/${name}`).replaceAll('/usr/bin/smugmug-backup', '/bin/true'))
    const names = readdirSync(place)
    assert.ok(names.some((name) => name.endsWith('.service')))
    const { stderr } = call('systemd-analyze', ['verify', '--man=no', ...names.map((name) => join(place, name.replace('@.', '@root.')))])
    assert.deepEqual(
      stderr.split('\n').filter((line) => line.includes('smugmug-backup')),
      [],
    )
    for (const name of names.filter((each) => each.endsWith('.service'))) {
      const { status, stdout } = call('systemd-analyze', ['security', '--offline=true', '--threshold=40', join(place, name)])
      assert.equal(status, 0, stdout)
    }
  })
})
