import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { flatSections } from './setting.ts'
import { defaultSettings, retiredKeys, settingRows, variableOf } from './settings.ts'

describe('the table of settings', () => {
  test('every setting is called in the program as its key is (with its section, in the later ones), in camel case', () => {
    for (const { name, key, section } of settingRows) {
      const words = flatSections.includes(section) ? key : `${section}_${key}`
      assert.equal(
        name,
        words.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      )
    }
  })

  test('no key, no variable and no option is given twice', () => {
    const keys = [...settingRows, ...retiredKeys].map(({ key }) => key)
    const variables = settingRows.flatMap((row) => (row.kind.secret ? [variableOf(row), `${variableOf(row)}_FILE`] : [variableOf(row)]))
    const flags = settingRows.flatMap(({ flag }) => flag?.name ?? [])
    for (const names of [keys, variables, flags]) assert.equal(new Set(names).size, names.length)
  })

  test('every preset is a value that its kind allows', () => {
    for (const { preset, kind, key } of settingRows) {
      if (preset !== undefined) assert.notEqual(kind.read(preset), undefined, key)
    }
  })

  test('exactly the keys, the tokens, the password of the page and the addresses of messages and of the database are secret, and the access key of a bucket', () => {
    const secrets = settingRows.filter(({ kind }) => kind.secret).map(({ key }) => key)
    assert.deepEqual(secrets, [
      ...['api_key', 'api_secret', 'user_token', 'user_secret'],
      ...['write_token', 'write_secret', 'write_api_key', 'write_api_secret'],
      ...['password', 'urls', 'ping_url', 'access_key_id', 'secret_access_key', 'database'],
    ])
  })

  test('the options are those of the command line', () => {
    const flags = settingRows.flatMap(({ flag, kind }) => (flag === undefined ? [] : [`${flag.name} ${flag.value}${kind.list ? '…' : ''}`]))
    assert.deepEqual(flags, [
      '--destination DIR',
      '--concurrent-albums N',
      '--concurrent-downloads N',
      '--album GLOB…',
      '--exclude GLOB…',
      '--type photo|video',
      '--since DATE',
      '--until DATE',
      '--keyword WORD…',
      '--limit-rate RATE',
      '--every TIME',
      '--schedule FIELDS',
      '--verify-days N',
      '--port N',
      '--listen ADDRESS',
      '--jobs N',
    ])
  })

  test('the values when none are given', () => {
    assert.deepEqual(defaultSettings, {
      apiKey: undefined,
      apiSecret: undefined,
      userToken: undefined,
      userSecret: undefined,
      writeToken: undefined,
      writeSecret: undefined,
      writeApiKey: undefined,
      writeApiSecret: undefined,
      uploadUrl: undefined,
      destination: undefined,
      fileNames: '{{.FileName}}',
      useMetadataTimes: false,
      forceMetadataTimes: false,
      writeCsv: false,
      forceVideoDownload: false,
      concurrentAlbums: undefined,
      concurrentDownloads: undefined,
      onVanished: 'keep',
      keepTrash: 90,
      twin: false,
      publicTwin: undefined,
      keepReports: 400,
      keepReplaced: 'forever',
      keepVersions: 'forever',
      maxVanished: 0.1,
      collected: 'link',
      fullListingDays: 7,
      requireOriginals: false,
      sidecars: [],
      sidecarNames: 'append',
      comments: false,
      imageMetadata: false,
      keepSecrets: false,
      album: [],
      exclude: [],
      type: undefined,
      since: undefined,
      until: undefined,
      keyword: [],
      limitRate: undefined,
      baseUrl: 'https://api.smugmug.com',
      maxRetries: 6,
      serviceEvery: undefined,
      serviceSchedule: undefined,
      serviceVerifyDays: 90,
      webPort: 8980,
      webListen: undefined,
      webHost: [],
      webPassword: undefined,
      fleetDatabase: undefined,
      fleetCallsPerSecond: undefined,
      fleetJobs: 4,
      notifyUrls: [],
      notifyPingUrl: undefined,
      notifyCommand: undefined,
      notifySilentDays: 3,
      notifySuccess: false,
      stateFolder: undefined,
      encryptionRecipients: [],
      encryptionIdentityFile: undefined,
      s3Endpoint: undefined,
      s3Region: undefined,
      s3PathStyle: undefined,
      s3StorageClass: undefined,
      s3AccessKeyId: undefined,
      s3SecretAccessKey: undefined,
      copies: [],
    })
  })
})
