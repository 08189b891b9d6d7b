import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readGivenSettings } from './given.ts'
import type { Overrides } from './load.ts'
import { type SettingName, settingRows } from './settings.ts'

/** A text for each setting, as the configuration file may have it. */
const texts: { readonly [Name in SettingName]: string } = {
  apiKey: 'key',
  apiSecret: 'secret',
  userToken: 'token',
  userSecret: 'other',
  writeToken: 'write token',
  writeSecret: 'write secret',
  writeApiKey: 'second key',
  writeApiSecret: 'second secret',
  destination: process.cwd(),
  fileNames: '{{.Title}}',
  useMetadataTimes: 'true',
  forceMetadataTimes: 'TRUE',
  writeCsv: '1',
  forceVideoDownload: 'f',
  concurrentAlbums: '3',
  concurrentDownloads: '1000',
  onVanished: 'trash',
  keepTrash: '0',
  twin: 'true',
  publicTwin: '/srv/photos',
  keepReports: '400',
  keepReplaced: 'forever',
  keepVersions: '7d 5w 12m 10y',
  maxVanished: '7.3%',
  collected: 'skip',
  fullListingDays: '30',
  sidecars: 'xmp',
  sidecarNames: 'replace',
  comments: 'true',
  imageMetadata: 'true',
  keepSecrets: 'false',
  requireOriginals: 'true',
  album: 'Travel/**, Home',
  exclude: 'Private',
  type: 'video',
  since: '2023-02',
  until: '2024-05-31T10:00:00Z',
  keyword: 'blue',
  limitRate: '08:00-23:30 2M, 23:30-08:00 off',
  baseUrl: 'http://127.0.0.1:8080',
  uploadUrl: 'http://127.0.0.1:8081/',
  maxRetries: '0',
  serviceEvery: '1d12h',
  serviceSchedule: '30 2 * * *',
  serviceVerifyDays: '30',
  webPort: '9000',
  webListen: '0.0.0.0',
  webHost: 'photos.example.org, 192.168.1.5',
  webPassword: 'correct horse',
  notifyUrls: 'smtps://me:secret@mail.example.org/?from=me@example.org&to=you@example.org, ntfy://ntfy.sh/photos',
  notifyPingUrl: 'https://hc-ping.com/0123',
  notifyCommand: 'notify-send backup',
  notifySilentDays: '5',
  notifySuccess: 'true',
  stateFolder: '/var/lib/photos',
  encryptionRecipients: 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p',
  encryptionIdentityFile: '/home/me/key.txt',
  s3Endpoint: 'https://s3.example.org',
  s3Region: 'eu-central-1',
  s3PathStyle: 'true',
  s3StorageClass: 'STANDARD_IA',
  s3AccessKeyId: 'AKIAEXAMPLE',
  s3SecretAccessKey: 'a+secret/of=s3',
  fleetDatabase: 'postgresql://fleet:word@db.example.org/fleet',
  fleetCallsPerSecond: '10',
  fleetJobs: '8',
}

/** Settings that are refused alone. */
const neededWith: { readonly [Name in SettingName]?: Overrides } = {
  forceMetadataTimes: { useMetadataTimes: true },
  s3AccessKeyId: { s3SecretAccessKey: 'secret' },
  s3SecretAccessKey: { s3AccessKeyId: 'key' },
}

test('every setting is taken as text, and as the value that the text means', () => {
  for (const { name, kind } of settingRows) {
    const text = texts[name]
    const value = kind.read(text)
    assert.notEqual(value, undefined, `${name}: "${text}"`)
    const needed = neededWith[name] ?? {}
    assert.deepEqual(readGivenSettings({ ...needed, [name]: text })[name], value, name)
    assert.deepEqual(readGivenSettings({ ...needed, [name]: value })[name], value, name)
  }
})

test('a date, a number and an empty text are taken', () => {
  const at = new Date('2024-05-31T10:00:00.000Z')
  const { since, limitRate, until, maxVanished } = readGivenSettings({ since: at, limitRate: 500_000, until: ' ', maxVanished: 0 })
  assert.deepEqual([since?.start, limitRate?.[0]?.rate, until, maxVanished], [at.getTime(), 500_000, undefined, 0])
})

test('nothing that is no value of a setting is taken', () => {
  const nothings: readonly unknown[] = [null, {}, [[]], [null], Number.NaN, 1.5, Symbol('a'), () => 1, new Date('never'), new Map(), 'a\0b']
  const free: ReadonlySet<SettingName> = new Set(['fileNames', 'album', 'exclude', 'keyword'])
  for (const { name } of settingRows) {
    for (const raw of nothings) {
      if (free.has(name) && typeof raw === 'string') continue
      assert.throws(() => readGivenSettings({ [name]: raw }), { name: 'ConfigurationError' }, `${name}: ${String(raw)}`)
    }
  }
})
