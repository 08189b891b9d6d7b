import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { platform, tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { ConfigurationError } from '../errors.ts'
import { accountNames, defaultConfigPath, type LoadedSettings, type LoadOptions, loadSettings } from './load.ts'
import { secretsOf } from './secrets.ts'
import { settingRows, variableOf } from './settings.ts'

let root = ''
let home = ''
let cwd = ''

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'smugmug-backup-'))
  home = join(root, 'home')
  cwd = join(root, 'work')
  await mkdir(home)
  await mkdir(cwd)
})
afterEach(() => rm(root, { recursive: true }))

const write = async (path: string, text: string | Uint8Array): Promise<string> => {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text, { mode: 0o600 })
  return path
}
const writeHome = (text: string | Uint8Array): Promise<string> => write(defaultConfigPath(home), text)

const load = (options: Partial<LoadOptions> = {}): Promise<LoadedSettings> => loadSettings({ home, cwd, env: {}, ...options })

/** Returns the error of loading: its message and its hint, as a person sees them. */
const refusal = async (options: Partial<LoadOptions> = {}): Promise<string> => {
  const error: unknown = await load(options).then(
    () => assert.fail('it was accepted'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof ConfigurationError, String(error))
  assert.equal(error.exitCode, 2)
  return `${error.message} ${error.hint}`
}

const RECIPIENT = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'

const assertSays = (text: string | undefined, ...parts: readonly string[]): void => {
  for (const part of parts) assert.ok(text?.includes(part), `"${text}" should say "${part}"`)
}

describe('a further copy', () => {
  test('has a section of its own, or variables with its name, which count before it', async () => {
    await writeHome(
      '[copy.usb-stick]\ndestination = "/usb"\nMAX_LAG_DAYS = 3\n[copy.Office]\ndestination = "/office"\nkeep_replaced = "30"',
    )
    const [usb, office] = (await load()).settings.copies
    assert.deepEqual(usb, {
      ...{ name: 'usb-stick', destination: '/usb', maxLagDays: 3, maxVanished: 0.1, keepReplaced: 'forever' },
      ...{ recipients: [], identityFile: undefined },
    })
    assert.deepEqual([office?.name, office?.keepReplaced, office?.maxLagDays], ['Office', 30, 7])
    const env = { SMGMG_BK_COPY_USB_STICK_MAX_LAG_DAYS: '9', SMGMG_BK_COPY_NAS_DESTINATION: '/nas' }
    const { settings, warnings } = await load({ env })
    assert.deepEqual(
      settings.copies.map(({ name, destination, maxLagDays }) => [name, destination, maxLagDays]),
      [
        ['usb-stick', '/usb', 9],
        ['nas', '/nas', 7],
        ['Office', '/office', 7],
      ],
    )
    assert.deepEqual(warnings, [])
  })

  test('may be sealed for keys of its own', async () => {
    await writeHome(`[copy.usb]\ndestination = "/usb"\n[copy.usb.encryption]\nrecipients = ["${RECIPIENT}"]`)
    assert.deepEqual((await load()).settings.copies[0]?.recipients, [RECIPIENT])
  })

  test('belongs to its account where there are several', async () => {
    const account = (name: string): string =>
      `[account.${name}]\ndestination = "/${name}"\n[account.${name}.copy.usb]\ndestination = "/usb/${name}"\n`
    await writeHome(account('ann') + account('bob'))
    for (const name of ['ann', 'bob']) {
      const { copies } = (await load({ account: name })).settings
      assert.deepEqual(
        copies.map((copy) => [copy.name, copy.destination]),
        [['usb', `/usb/${name}`]],
      )
    }
  })

  for (const [what, text, ...says] of [
    ['without a place', '[copy.usb]', '[copy.usb] has no destination', 'SMGMG_BK_COPY_USB_DESTINATION'],
    ['with an unknown key', '[copy.usb]\ndestinatoin = "/usb"', 'There is no key destinatoin', 'in [copy.usb]', 'destination'],
    ['with a relative path', '[copy.usb]\ndestination = "usb"', 'destination in [copy.usb]', 'absolute path'],
    ['that keeps too little', '[copy.usb]\ndestination = "/usb"\nkeep_replaced = 3', 'keep_replaced in [copy.usb]', 'from 7 to'],
    ['without a name', '[copy]\ndestination = "/usb"', '[copy] of', 'must hold one table for each copy'],
    ['called all', '[copy.all]\ndestination = "/usb"', 'The name "all" of a copy'],
    ['called like a path', '[copy."../x"]\ndestination = "/usb"', 'The name "../x" of a copy'],
    ['with a key in two spellings', '[copy.usb]\ndestination = "/usb"\nDestination = "/x"', 'Destination stands twice in [copy.usb]'],
    ['given twice', '[copy.usb]\ndestination = "/usb"\n[copy.USB]\ndestination = "/other"', 'is given twice'],
  ] as const)
    test(`${what} is refused`, async () => {
      await writeHome(text)
      assertSays(await refusal(), ...says)
    })
})

describe('the clock of the service', () => {
  test('stands in its section, and in variables with the name of the section', async () => {
    await writeHome('[service]\nevery = "12h"\nverify_days = 30')
    const { serviceEvery, serviceSchedule, serviceVerifyDays } = (await load()).settings
    assert.deepEqual([serviceEvery, serviceSchedule, serviceVerifyDays], [12 * 3_600_000, undefined, 30])
    const env = { SMGMG_BK_SERVICE_EVERY: 'never', SMGMG_BK_SERVICE_VERIFY_DAYS: '7' }
    const other = (await load({ env })).settings
    assert.deepEqual([other.serviceEvery, other.serviceVerifyDays], ['never', 7])
  })

  test('a schedule in the environment counts before an interval in the file', async () => {
    await writeHome('[service]\nevery = "12h"')
    const { serviceEvery, serviceSchedule } = (await load({ env: { SMGMG_BK_SERVICE_SCHEDULE: '30 2 * * *' } })).settings
    assert.deepEqual([serviceEvery, serviceSchedule], [undefined, '30 2 * * *'])
  })

  test('is refused where it contradicts itself, is out of its section, or is no time', async () => {
    await writeHome('[service]\nevery = "12h"\nschedule = "30 2 * * *"')
    assertSays(await refusal(), 'every and schedule', 'Remove one')
    await writeHome('every = "12h"')
    assertSays(await refusal(), 'every', 'Move it to [service]')
    for (const text of ['1s', '400d', 'often', '24']) {
      await writeHome(`[service]\nevery = "${text}"`)
      assertSays(await refusal(), `every in [service]`, text, '"24h"')
    }
    await writeHome('[service]\nschedule = "30 2 31 2 *"')
    assertSays(await refusal(), 'schedule in [service]', 'five fields')
  })
})

describe('the keys of a sealed vault', () => {
  const IDENTITY = 'AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX'

  test('come from the file and from variables with the name of the section', async () => {
    await writeHome(`[encryption]\nrecipients = ["${RECIPIENT}"]\nidentity_file = "/home/me/key.txt"`)
    const { settings } = await load()
    assert.deepEqual([settings.encryptionRecipients, settings.encryptionIdentityFile], [[RECIPIENT], '/home/me/key.txt'])
    const env = { SMGMG_BK_ENCRYPTION_RECIPIENTS: `${RECIPIENT}, ${RECIPIENT}`, SMGMG_BK_ENCRYPTION_IDENTITY_FILE: '/run/key' }
    const other = (await load({ env })).settings
    assert.deepEqual([other.encryptionRecipients, other.encryptionIdentityFile], [[RECIPIENT, RECIPIENT], '/run/key'])
  })

  test('a mistyped public key is named, alone of several', async () => {
    const mistyped = RECIPIENT.replace('w3j2', 'w3j3')
    for (const bad of [mistyped, 'age1', 'ssh-ed25519 AAAAC3', RECIPIENT.toUpperCase()]) {
      await writeHome(`[encryption]\nrecipients = ["${RECIPIENT}", "${bad}"]`)
      const said = await refusal()
      assertSays(said, `recipients in [encryption]`, `is "${bad}"`, 'public keys of age')
      assert.ok(!said.includes(RECIPIENT))
    }
  })

  test('a private key is refused and never shown, wherever it stands', async () => {
    const texts = [
      `[encryption]\nrecipients = ["${RECIPIENT}", "${IDENTITY}"]`,
      `[encryption]\nrecipients = "${IDENTITY.toLowerCase()}"`,
      `[encryption]\nidentity_file = "${IDENTITY}"`,
      `[http]\nmax_retries = "${IDENTITY}"`,
    ]
    for (const text of texts) {
      await writeHome(text)
      const said = await refusal()
      assertSays(said, 'AGE-SECRET-KEY-…')
      assert.ok(!said.toUpperCase().includes('1GFPYY'), said)
    }
    await writeHome('')
    assertSays(await refusal({ env: { SMGMG_BK_ENCRYPTION_RECIPIENTS: IDENTITY } }), 'AGE-SECRET-KEY-…')
  })

  test('a private key that others can read is a warning', { skip: platform() === 'win32' }, async () => {
    const path = await write(join(root, 'key.txt'), IDENTITY)
    await writeHome(`[encryption]\nidentity_file = "${path}"`)
    assert.deepEqual((await load()).warnings, [])
    await chmod(path, 0o640)
    const { warnings } = await load()
    assert.equal(warnings.length, 1)
    assertSays(warnings[0], path, 'chmod 600')
    await rm(path)
    assert.deepEqual((await load()).warnings, [])
  })
})

describe('a bucket', () => {
  test('its keys stand in their section, or in the environment, secrets also in files', async () => {
    await writeHome('[s3]\nendpoint = "https://s3.example.org/"\nregion = "eu-west-3"\npath_style = false\nstorage_class = "glacier_ir"')
    const secretFile = await write(join(root, 's3-secret'), 'a+b/c=\n')
    const env = { SMGMG_BK_S3_REGION: 'garage', SMGMG_BK_S3_ACCESS_KEY_ID: 'AKIA', SMGMG_BK_S3_SECRET_ACCESS_KEY_FILE: secretFile }
    const { settings, warnings } = await load({ env })
    assert.deepEqual(warnings, [])
    const { s3Endpoint, s3Region, s3PathStyle, s3StorageClass, s3AccessKeyId, s3SecretAccessKey } = settings
    assert.deepEqual(
      [s3Endpoint, s3Region, s3PathStyle, s3StorageClass, s3AccessKeyId, s3SecretAccessKey],
      ['https://s3.example.org', 'garage', false, 'GLACIER_IR', 'AKIA', 'a+b/c='],
    )
    assert.deepEqual(secretsOf(settings), ['AKIA', 'a+b/c='])
  })

  test('a class that cannot be read at once is refused', async () => {
    for (const bad of ['GLACIER', 'DEEP_ARCHIVE', ' deep_archive ', 'STANDARD IA', '']) {
      await writeHome(`[s3]\nstorage_class = "${bad}"`)
      if (bad === '') assert.equal((await load()).settings.s3StorageClass, undefined)
      else assertSays(await refusal(), 'storage_class in [s3]', 'can be read at once')
    }
  })

  test('half an access key is refused, and the other half is not shown', async () => {
    await writeHome('[s3]\nsecret_access_key = "hidden"')
    const said = await refusal()
    assertSays(said, 'secret_access_key of [s3] is given without access_key_id')
    assert.ok(!said.includes('hidden'))
    assertSays(await refusal({ env: { SMGMG_BK_S3_SECRET_ACCESS_KEY: '', SMGMG_BK_S3_ACCESS_KEY_ID: '""' } }), 'quotation mark')
    await writeHome('access_key_id = "A"')
    assertSays(await refusal(), 'access_key_id')
  })
})

describe('where the configuration is looked for', () => {
  test('the one named on the command line comes first, be it a file or a folder', async () => {
    await writeHome('[http]\nmax_retries = 1')
    const file = await write(join(root, 'elsewhere', 'config.toml'), '[http]\nmax_retries = 2')
    for (const configPath of [file, dirname(file), join('..', 'elsewhere'), join('..', 'elsewhere', 'config.toml')]) {
      const { settings, source } = await load({ configPath })
      assert.equal(settings.maxRetries, 2)
      assert.equal(source, file)
    }
  })

  test('then the home folder, then the working folder', async () => {
    const inWork = await write(join(cwd, 'config.toml'), '[http]\nmax_retries = 3')
    assert.equal((await load()).source, inWork)
    const inHome = await writeHome('[http]\nmax_retries = 1')
    assert.equal((await load()).source, inHome)
    assert.equal((await load()).settings.maxRetries, 1)
  })

  test('a named file may have any name', async () => {
    const file = await write(join(root, 'family.conf'), '[http]\nmax_retries = 2')
    assert.equal((await load({ configPath: file })).source, file)
  })

  test('a folder or file named on the command line that has no configuration is refused, though others exist', async () => {
    await writeHome('')
    await mkdir(join(root, 'empty'))
    for (const name of ['empty', 'missing.toml', 'missing/config.toml']) {
      assertSays(await refusal({ configPath: join(root, name) }), join(root, name))
    }
    assertSays(await refusal({ configPath: '' }), 'empty')
  })

  test('no file is needed when the environment gives everything', async () => {
    const env = {
      SMGMG_BK_API_KEY: 'k',
      SMGMG_BK_API_SECRET: 's',
      SMGMG_BK_USER_TOKEN: 't',
      SMGMG_BK_USER_SECRET: 'u',
      SMGMG_BK_DESTINATION: '/mnt/photos',
      SMGMG_BK_FILE_NAMES: '{{.ImageKey}}',
    }
    const { settings, source, warnings } = await load({ env })
    assert.equal(source, undefined)
    assert.deepEqual(warnings, [])
    assert.deepEqual(
      [settings.apiKey, settings.apiSecret, settings.userToken, settings.userSecret, settings.destination, settings.fileNames],
      ['k', 's', 't', 'u', '/mnt/photos', '{{.ImageKey}}'],
    )
  })

  // The superuser may enter every folder.
  test('a home folder that this user may not enter is passed over', { skip: platform() === 'win32' || userInfo().uid === 0 }, async () => {
    await writeHome('[http]\nmax_retries = 1')
    await chmod(home, 0)
    try {
      assert.equal((await load()).source, undefined)
      assertSays(await refusal({ configPath: defaultConfigPath(home) }), defaultConfigPath(home), 'may read')
    } finally {
      await chmod(home, 0o700)
    }
  })

  test('a folder in the place of the file is not passed over', async () => {
    await mkdir(defaultConfigPath(home), { recursive: true })
    assertSays(await refusal(), defaultConfigPath(home), 'is a folder')
  })
})

describe('what a configuration file may look like', () => {
  test("the Go program's file works unchanged", async () => {
    await writeHome(`
[authentication]
username = "someone"
api_key = "k"
api_secret = "s"
user_token = "t"
user_secret = "u"

[store]
destination = "/mnt/photos"
file_names = "{{.Date}}_{{.FileName}}"
use_metadata_times = true
force_metadata_times = true
write_csv = "TRUE"
force_video_download = 1
concurrent_albums = "5"
concurrent_downloads = 10

[http]
base_url = "http://localhost:3000"
max_retries = 3
`)
    const { settings } = await load()
    assert.deepEqual(
      [settings.apiKey, settings.apiSecret, settings.userToken, settings.userSecret, settings.destination, settings.fileNames],
      ['k', 's', 't', 'u', '/mnt/photos', '{{.Date}}_{{.FileName}}'],
    )
    assert.deepEqual(
      [settings.useMetadataTimes, settings.forceMetadataTimes, settings.writeCsv, settings.forceVideoDownload],
      [true, true, true, true],
    )
    assert.deepEqual([settings.concurrentAlbums, settings.concurrentDownloads], [5, 10])
    assert.deepEqual([settings.baseUrl, settings.maxRetries], ['http://localhost:3000', 3])
  })

  test('keys may stand at the top level', async () => {
    await writeHome('api_key = "k"\ndestination = "/mnt/photos"\nmax_retries = 2')
    const { settings } = await load()
    assert.deepEqual([settings.apiKey, settings.destination, settings.maxRetries], ['k', '/mnt/photos', 2])
  })

  test('where a key stands in its section and at the top level, the section counts, unless it is empty there', async () => {
    await writeHome('api_key = "top"\nuser_token = "top"\n[authentication]\napi_key = "section"\nuser_token = ""')
    const { settings } = await load()
    assert.deepEqual([settings.apiKey, settings.userToken], ['section', 'top'])
  })

  test('keys and sections are case-blind', async () => {
    await writeHome('API_SECRET = "s"\n[Authentication]\nApi_Key = "k"\n[STORE]\nWRITE_CSV = true')
    const { settings } = await load()
    assert.deepEqual([settings.apiKey, settings.apiSecret, settings.writeCsv], ['k', 's', true])
  })

  test('keys may be dotted or stand in inline tables', async () => {
    await writeHome('authentication = { api_key = "k" }\nstore.write_csv = true')
    const { settings } = await load()
    assert.deepEqual([settings.apiKey, settings.writeCsv], ['k', true])
  })

  test('empty values count as absent', async () => {
    await writeHome('[store]\nfile_names = ""\nwrite_csv = ""\nkeep_trash = " "\ndestination = ""')
    const { settings } = await load()
    assert.deepEqual(
      [settings.fileNames, settings.writeCsv, settings.keepTrash, settings.destination],
      ['{{.FileName}}', false, 90, undefined],
    )
  })

  test('a byte-order mark and Windows line ends are fine', async () => {
    await writeHome('\ufeff[http]\r\nmax_retries = 2\r\n')
    assert.equal((await load()).settings.maxRetries, 2)
  })

  test("our own keys, TOML's dates included", async () => {
    await writeHome(`[store]
on_vanished = "trash"
keep_trash = "30"
keep_replaced = 0
max_vanished = "25%"
collected = "copy"
full_listing_days = 3
sidecars = ["xmp"]
sidecar_names = "replace"
comments = true
image_metadata = "t"
keep_secrets = "1"
album = ["Travel/**"]
exclude = "Private/**, Drafts/**"
type = "photo"
since = 2024-05-01
until = 2024
keyword = ["best"]
limit_rate = "2M"`)
    const { settings } = await load()
    const { since, until, limitRate, ...rest } = settings
    assert.deepEqual([since?.text, until?.text, limitRate?.[0]?.rate], ['2024-05-01', '2024', 2_000_000])
    const given = {
      onVanished: 'trash',
      keepTrash: 30,
      keepReplaced: 0,
      maxVanished: 0.25,
      collected: 'copy',
      fullListingDays: 3,
      sidecars: ['xmp'],
      sidecarNames: 'replace',
      comments: true,
      imageMetadata: true,
      keepSecrets: true,
      album: ['Travel/**'],
      exclude: ['Private/**', 'Drafts/**'],
      type: 'photo',
      keyword: ['best'],
    }
    assert.partialDeepStrictEqual(rest, given)
  })
})

describe('what is refused', () => {
  test('an unknown key, with the nearest known one and the file', async () => {
    const path = await writeHome('[store]\ndestinaton = "/x"')
    assertSays(await refusal(), 'destinaton', 'destination in [store]', path)
    await writeHome('apikey = "abc"')
    const said = await refusal()
    assertSays(said, 'apikey', 'api_key in [authentication]', path)
    assert.ok(!said.includes('abc'))
  })

  test('an unknown key, section or variable, without a guess where none is near', async () => {
    for (const text of ['colour = "red"', '[store]\ncolour = "red"', '[colours]\na = 1', '[account.weddings.colours]\na = 1']) {
      await writeHome(text)
      const said = await refusal()
      assertSays(said, 'colour')
      assert.ok(!said.includes('Did you mean'), said)
    }
    await writeHome('[account.weddings.stor]\nwrite_csv = true')
    assertSays(await refusal(), 'Did you mean [account.weddings.store]?')
    await writeHome('')
    const { warnings } = await load({ env: { SMGMG_BK_COLOUR: 'red' } })
    assert.deepEqual(warnings, ['The environment variable SMGMG_BK_COLOUR is not known and has no effect.'])
  })

  test('a key in a section that is not its own', async () => {
    await writeHome('[authentication]\ndestination = "/x"')
    assertSays(await refusal(), 'destination', '[authentication]', 'Move it to [store]')
  })

  test('an unknown section, with the nearest known one and the file', async () => {
    const path = await writeHome('[authentification]\napi_key = "k"')
    assertSays(await refusal(), '[authentification]', '[authentication]', path)
  })

  test('a value in the place of a section', async () => {
    await writeHome('store = "/x"')
    assertSays(await refusal(), '[store]')
  })

  test('a value that is not allowed, with its key, what was found, what is allowed and the file', async () => {
    const path = await writeHome('[store]\non_vanished = "delete"')
    assertSays(await refusal(), 'on_vanished', '"delete"', '"keep" or "trash"', '[store]', path)
    await writeHome('[store]\nwrite_csv = "maybe"')
    assertSays(await refusal(), 'write_csv', '"maybe"', 'true or false')
    await writeHome('[store]\ndestination = "photos"')
    assertSays(await refusal(), 'destination', '"photos"', 'absolute')
    await writeHome('[store]\ndestination = "~/photos"')
    assertSays(await refusal(), '"~" is not expanded')
    await writeHome('[store]\nconcurrent_albums = 0')
    assertSays(await refusal(), 'concurrent_albums', 'from 1 to 1000')
    await writeHome('[http]\nmax_retries = -1')
    assertSays(await refusal(), 'max_retries', '-1', 'from 0 to 1000')
    await writeHome('[http]\nbase_url = "smugmug"')
    assertSays(await refusal(), 'base_url', '"smugmug"', 'https://')
    await writeHome('[store]\ndestination = { a = 1 }')
    assertSays(await refusal(), 'destination', 'a table')
  })

  test('a number beyond all reason', async () => {
    for (const line of [
      '[store]\nkeep_trash = 1000000000',
      '[store]\nkeep_replaced = "1e9"',
      '[store]\nfull_listing_days = 99999',
      '[store]\nconcurrent_downloads = 1e308',
      '[store]\nmax_vanished = "110%"',
      '[store]\nlimit_rate = "2"',
      '[http]\nmax_retries = inf',
      '[http]\nmax_retries = nan',
    ]) {
      await writeHome(line)
      assertSays(await refusal(), 'but it takes')
    }
  })

  test('an option of the command line, by its own name', async () => {
    assertSays(await refusal({ overrides: { since: 'yesterday' } }), '--since takes a date such as 2024-05', '"yesterday"')
  })

  test('quotation marks that were not taken off, without showing a secret', async () => {
    const said = await refusal({ env: { SMGMG_BK_API_KEY: '"hunter2"' } })
    assertSays(said, 'api_key', 'SMGMG_BK_API_KEY', 'quotation mark')
    assert.ok(!said.includes('hunter2'))
    assertSays(await refusal({ env: { SMGMG_BK_DESTINATION: "'/mnt/photos'" } }), 'destination', 'quotation mark')
    assertSays(await refusal({ env: { SMGMG_BK_WRITE_CSV: '"true"' } }), 'write_csv', 'quotation mark')
    await writeHome(`[authentication]\nuser_token = '"hunter2"'`)
    assertSays(await refusal(), 'user_token', 'quotation mark')
  })

  test('a secret of the wrong kind, without showing it', async () => {
    await writeHome('[authentication]\napi_secret = ["hunter2"]')
    const said = await refusal()
    assertSays(said, 'api_secret', 'a text')
    assert.ok(!said.includes('hunter2'))
  })

  test('force_metadata_times without use_metadata_times', async () => {
    await writeHome('[store]\nforce_metadata_times = true')
    assertSays(await refusal(), 'force_metadata_times', 'use_metadata_times')
  })

  test('a since that lies after until', async () => {
    await writeHome('[store]\nsince = "2024-06"\nuntil = "2024-05"')
    assertSays(await refusal(), 'since (2024-06)', 'until (2024-05)')
    await writeHome('[store]\nsince = "2024-05-31"\nuntil = "2024-05"')
    await load()
  })

  test('broken TOML, with file, line, column and reason, and without a secret', async () => {
    const path = await writeHome('[authentication]\napi_key = "k"\napi_secret = hunter2\n')
    assertSays(await refusal(), `${path}, line 3, column 14: invalid value`, 'quotes')
    const error: unknown = await load().catch((reason: unknown) => reason)
    assert.ok(error instanceof ConfigurationError)
    assert.equal(error.cause, undefined)
    assert.ok(!`${error.stack}${error.hint}`.includes('hunter2'))
  })

  test('a single backslash in a path of Windows, with what to write instead', async () => {
    await writeHome('[store]\ndestination = "C:\\photos"')
    assertSays(await refusal(), 'line 2', 'C:/Photos')
  })

  test('a path of Windows whose backslashes are all valid escapes, with what to write instead', async () => {
    for (const path of ['D:\\backup\\new', '/mnt/\\new', 'D:\\\\photos\\france']) {
      await writeHome(`[store]\ndestination = "${path}"`)
      assertSays(await refusal(), 'destination', 'C:/Photos')
    }
  })

  test('a file that is not UTF-8', async () => {
    const path = await writeHome(Buffer.from('\ufeff[store]\n', 'utf16le'))
    assertSays(await refusal(), path, 'UTF-8')
  })
})

describe('what counts before what', () => {
  test('the environment counts before the file, and the command line before both', async () => {
    await writeHome('[store]\ndestination = "/file"\nfile_names = "file"\ntype = "photo"')
    const env = { SMGMG_BK_DESTINATION: '/env', SMGMG_BK_FILE_NAMES: 'env' }
    const { settings } = await load({ env, overrides: { destination: '/flag', album: undefined } })
    assert.deepEqual([settings.destination, settings.fileNames, settings.type], ['/flag', 'env', 'photo'])
  })

  test('empty variables count as absent', async () => {
    await writeHome('[store]\ndestination = "/file"')
    assert.equal((await load({ env: { SMGMG_BK_DESTINATION: '', SMGMG_BK_FILE_NAMES: ' ' } })).settings.destination, '/file')
  })

  test('an empty option is refused: the intended value is unknown', async () => {
    await writeHome('[store]\ndestination = "/file"')
    assertSays(await refusal({ overrides: { destination: '' } }), '--destination', 'empty')
  })

  test('options that may be repeated are lists, whose texts stand whole', async () => {
    const { settings } = await load({ overrides: { album: ['Travel/**', 'a,b'], concurrentAlbums: '3', limitRate: '500k' } })
    assert.deepEqual(settings.album, ['Travel/**', 'a,b'])
    assert.equal(settings.concurrentAlbums, 3)
    assert.equal(settings.limitRate?.[0]?.rate, 500_000)
  })

  test('a message names the variable or the option that is wrong', async () => {
    assertSays(await refusal({ env: { SMGMG_BK_MAX_RETRIES: 'many' } }), 'max_retries', 'SMGMG_BK_MAX_RETRIES', '"many"')
    assertSays(await refusal({ overrides: { type: 'film' } }), '--type', '"film"', '"photo" or "video"')
  })
})

describe('the environment', () => {
  test('every key has a variable', async () => {
    const values: Readonly<Record<string, string>> = {
      destination: '/mnt/photos',
      state_folder: '/var/lib/photos',
      public_twin: '/srv/photos',
      base_url: 'http://localhost',
      upload_url: 'http://localhost/',
      limit_rate: '1M',
      max_vanished: '50%',
      on_vanished: 'trash',
      collected: 'skip',
      sidecars: 'xmp',
      sidecar_names: 'replace',
      type: 'video',
      since: '2024',
      until: '2025',
      force_metadata_times: 'true',
      use_metadata_times: 'true',
      every: '12h',
      keep_versions: '7d 12m',
      urls: 'ntfy://ntfy.sh/photos',
      ping_url: 'https://hc-ping.com/0123',
      recipients: RECIPIENT,
      database: 'postgresql://fleet@localhost/fleet',
      endpoint: 'https://s3.example.org',
      identity_file: '/home/me/key.txt',
    }
    const rows = settingRows.filter(({ name }) => name !== 'serviceSchedule')
    const env = Object.fromEntries(rows.map((row) => [variableOf(row), values[row.key] ?? '1']))
    const given = (await load({ env })).settings
    const none = (await load()).settings
    for (const { name } of rows) assert.notDeepEqual(given[name], none[name], name)
  })

  test('a secret may come from a file of Windows, or through a pipe', async () => {
    for (const [name, bytes] of [
      ['with a mark', Buffer.from('\ufeffsecret\r\n')],
      ['as PowerShell writes it', Buffer.from('\ufeffsecret\r\n', 'utf16le')],
      ['the other way round', Buffer.from('\ufeffsecret', 'utf16le').swap16()],
    ] as const) {
      const path = await write(join(root, name), bytes)
      assert.equal((await load({ env: { SMGMG_BK_API_KEY_FILE: path } })).settings.apiKey, 'secret', name)
    }
    const pipe = join(root, 'pipe')
    execFileSync('mkfifo', [pipe])
    const [loaded] = await Promise.all([load({ env: { SMGMG_BK_API_KEY_FILE: pipe } }), writeFile(pipe, 'secret\n')])
    assert.equal(loaded.settings.apiKey, 'secret')
  })

  test('a secret file that holds no secret is refused, and never waited for', async () => {
    const named = (path: string) => refusal({ env: { SMGMG_BK_API_KEY_FILE: path } })
    assertSays(await named(root), root, 'is a folder')
    assertSays(await named('/dev/zero'), 'larger than')
    assertSays(await named(await write(join(root, 'large'), 'x'.repeat(100_000))), 'larger than')
    assertSays(await named(await write(join(root, 'lines'), 'api_key = 1\napi_secret = 2\n')), 'one line')
    assertSays(await named(await write(join(root, 'utf16'), Buffer.from('hunter2', 'utf16le'))), 'one line')
    assertSays(await named(await write(join(root, 'latin'), Buffer.from([0x61, 0xe9, 0x62]))), 'one line')
  })

  test('secrets may come from files, whose line ends do not count', async () => {
    for (const row of settingRows.filter(({ kind }) => kind.secret)) {
      const addresses: Partial<Record<string, string>> = {
        notify: 'https://example.org/from-file',
        fleet: 'postgresql://example.org/from-file',
      }
      const value = addresses[row.section] ?? 'from-file'
      const path = await write(join(root, 'secret'), `${value}\r\n`)
      for (const file of [path, join('..', 'secret')]) {
        // The two halves of an access key are refused alone.
        const both = row.section === 's3' ? ['SMGMG_BK_S3_ACCESS_KEY_ID_FILE', 'SMGMG_BK_S3_SECRET_ACCESS_KEY_FILE'] : []
        const names = [`${variableOf(row)}_FILE`, ...both]
        const { settings } = await load({ env: Object.fromEntries(names.map((name) => [name, file])) })
        assert.deepEqual(settings[row.name], row.kind.list ? [value] : value)
      }
    }
  })

  test('a secret file counts before the configuration file, unless it is empty', async () => {
    await writeHome('[authentication]\napi_key = "config"')
    const path = await write(join(root, 'secret'), 'mounted')
    assert.equal((await load({ env: { SMGMG_BK_API_KEY_FILE: path } })).settings.apiKey, 'mounted')
    await write(path, '\n')
    assert.equal((await load({ env: { SMGMG_BK_API_KEY_FILE: path } })).settings.apiKey, 'config')
  })

  test('where a variable and its file are both set, the variable counts, with a warning', async () => {
    const path = await write(join(root, 'secret'), 'from-file')
    const { settings, warnings } = await load({ env: { SMGMG_BK_API_KEY: 'plain', SMGMG_BK_API_KEY_FILE: path } })
    assert.equal(settings.apiKey, 'plain')
    assert.equal(warnings.length, 1)
    assertSays(warnings[0], 'SMGMG_BK_API_KEY ', 'SMGMG_BK_API_KEY_FILE')
    assert.ok(!warnings[0]?.includes('plain'))
  })

  test('a secret file that cannot be read is refused', async () => {
    assertSays(await refusal({ env: { SMGMG_BK_API_KEY_FILE: join(root, 'none') } }), 'SMGMG_BK_API_KEY_FILE', join(root, 'none'))
  })

  test('an unknown variable is a warning with the nearest known one', async () => {
    const { warnings } = await load({ env: { SMGMG_BK_DESTINATON: '/secret', SMGMG_BK_DESTINATION_FILE: '/x', OTHER: 'x' } })
    assert.equal(warnings.length, 2)
    assertSays(warnings[0], 'SMGMG_BK_DESTINATON', 'SMGMG_BK_DESTINATION')
    assert.ok(!warnings[0]?.includes('/secret'))
  })

  test('variables may be in small letters; capitals count before them', async () => {
    assert.equal((await load({ env: { smgmg_bk_max_retries: '2' } })).settings.maxRetries, 2)
    for (const env of [
      { smgmg_bk_max_retries: '2', SMGMG_BK_MAX_RETRIES: '3' },
      { SMGMG_BK_MAX_RETRIES: '3', smgmg_bk_max_retries: '2' },
    ]) {
      assert.equal((await load({ env })).settings.maxRetries, 3)
    }
  })
})

describe('warnings', () => {
  test('there are none for a good file', async () => {
    await writeHome('[authentication]\napi_key = "k"')
    assert.deepEqual((await load()).warnings, [])
  })

  test('username is accepted with a deprecation warning, in its section, at the top and in the environment', async () => {
    for (const text of ['[authentication]\nusername = "someone"', 'username = "someone"', '[Authentication]\nUserName = 5']) {
      await writeHome(text)
      const { warnings } = await load()
      assert.equal(warnings.length, 1)
      assertSays(warnings[0], 'authentication.username', 'deprecated')
    }
    await writeHome('username = ""')
    assert.deepEqual((await load()).warnings, [])
    assertSays((await load({ env: { SMGMG_BK_USERNAME: 'someone' } })).warnings.join(), 'SMGMG_BK_USERNAME', 'deprecated')
  })

  test('a file with secrets that others can read is a warning, never a refusal', { skip: platform() === 'win32' }, async () => {
    const path = await writeHome('[authentication]\nuser_secret = "hunter2"')
    for (const mode of [0o644, 0o640, 0o604]) {
      await chmod(path, mode)
      const { warnings, settings } = await load()
      assert.equal(settings.userSecret, 'hunter2')
      assert.equal(warnings.length, 1)
      assertSays(warnings[0], path, 'chmod 600')
      assert.ok(!warnings[0]?.includes('hunter2'))
    }
    await writeFile(path, '[account.a]\nuser_secret = "x"')
    assert.equal((await load({ account: 'a' })).warnings.length, 1)
    await writeFile(path, '[authentication]\nuser_secret = ""\n[store]\ndestination = "/x"')
    assert.deepEqual((await load()).warnings, [])
  })
})

describe('several accounts', () => {
  const several = `
[authentication]
api_key = "k"
api_secret = "s"
[store]
write_csv = true
exclude = ["Private/**"]
[account.Weddings]
user_token = "wt"
user_secret = "ws"
destination = "/mnt/weddings"
exclude = []
[account.family.authentication]
user_token = "ft"
user_secret = "fs"
[account.family.store]
destination = "/mnt/family"
write_csv = "false"
`

  test('each has its own keys before those of the file, flat or in sections', async () => {
    await writeHome(several)
    const weddings = await load({ account: 'weddings' })
    assert.equal(weddings.account, 'Weddings')
    assert.partialDeepStrictEqual(weddings.settings, { apiKey: 'k', userToken: 'wt', destination: '/mnt/weddings', writeCsv: true })
    assert.deepEqual(weddings.settings.exclude, [])
    const family = await load({ account: 'family' })
    assert.partialDeepStrictEqual(family.settings, { apiKey: 'k', userToken: 'ft', destination: '/mnt/family', writeCsv: false })
    assert.deepEqual(family.settings.exclude, ['Private/**'])
  })

  test('their names are known, to go through all of them', async () => {
    assert.deepEqual(await accountNames({ home, cwd }), [])
    const path = await writeHome(several)
    assert.deepEqual(await accountNames({ home, cwd }), ['Weddings', 'family'])
    assert.deepEqual(await accountNames({ home, cwd, configPath: path }), ['Weddings', 'family'])
  })

  test('an unknown one is refused, with the names of all', async () => {
    assertSays(await refusal({ account: 'nobody' }), '"nobody"', '[account.NAME]')
    await writeHome(several)
    assertSays(await refusal({ account: 'nobody' }), '"nobody"', 'Weddings, family')
    assertSays(await refusal({ account: 'all' }), 'Weddings, family')
  })

  test('when none is chosen the file without them is used if it is complete, else one must be chosen', async () => {
    await writeHome(several)
    assertSays(await refusal(), '--account Weddings|family|all')
    await writeHome(`user_token = "t"\nuser_secret = "u"\n${several}`)
    assert.equal((await load({ overrides: { destination: '/mnt/x' } })).settings.userToken, 't')
    assertSays(await refusal(), '--account')
  })

  test('a variable that counts instead of an account is a warning', async () => {
    await writeHome(several)
    const { settings, warnings } = await load({ account: 'family', env: { SMGMG_BK_USER_TOKEN: 'env', SMGMG_BK_API_KEY: 'env' } })
    assert.equal(settings.userToken, 'env')
    assert.equal(warnings.length, 1)
    assertSays(warnings[0], 'SMGMG_BK_USER_TOKEN', '[account.family]')
  })

  for (const [what, text, says] of [
    ['an unknown key', '[account.a]\ndestinaton = "/x"', ['destinaton', 'destination']],
    ['a key of another section', '[account.a]\nmax_retries = 1', ['max_retries', '[http]']],
    ['an unknown section', '[account.a.stor]\nwrite_csv = true', ['[account.a.stor]', '[account.a.store]']],
    ['a section that only the whole file has', '[account.a.http]\nmax_retries = 1', ['[account.a.http]']],
    ['keys without a name', '[account]\nuser_token = "x"', ['[account.NAME]']],
    ['no table', 'account = "a"', ['[account.NAME]']],
    ['the name of all', '[account.All]\nuser_token = "x"', ['"All"', 'another name']],
    ['one name twice', '[account.a]\nuser_token = "x"\n[account.A]\nuser_token = "y"', ['"A"', 'twice']],
    ['one key in two spellings', '[account.a]\nuser_token = "x"\nUSER_TOKEN = "y"', ['USER_TOKEN', 'twice in [account.a]', 'user_token']],
  ] as const) {
    test(`${what} in an account is refused`, async () => {
      await writeHome(text)
      assertSays(await refusal({ account: 'a' }), ...says)
    })
  }
})

describe('a key in two spellings', () => {
  for (const [where, text] of [
    ['at the top', 'api_key = "x"\nAPI_KEY = "y"'],
    ['in [authentication]', '[authentication]\napi_key = "x"\nAPI_KEY = "y"'],
  ] as const)
    test(`${where} is refused, without its value`, async () => {
      await writeHome(text)
      const error = await refusal()
      assertSays(error, 'The key API_KEY', `twice ${where} of`, 'as api_key', 'Remove one of the two lines')
      assert.doesNotMatch(error, /"[xy]"/)
    })
})

test('all accounts, where one is wanted and none is configured, give no empty list of names', async () => {
  await writeHome('[authentication]\napi_key = "x"')
  assertSays(await refusal({ account: 'all' }), 'Leave --account out: no accounts are configured.')
})
