import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secretsOf } from '../config/secrets.ts'
import { defaultSettings, type Settings, settingRows } from '../config/settings.ts'
import { toBackupSettings } from './backup.ts'

test('the settings of a backup hold no secret', () => {
  const secrets = Object.fromEntries(settingRows.flatMap(({ name, kind }) => (kind.secret === true ? [[name, `secret ${name}`]] : [])))
  const settings: Settings = { ...defaultSettings, ...secrets }
  assert.notEqual(secretsOf(settings).length, 0)
  assert.doesNotMatch(JSON.stringify(toBackupSettings(settings)), /secret/)
})
