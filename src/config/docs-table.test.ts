import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { copyRows, copyVariableOf } from './copy-settings.ts'
import { settingsMarkdown } from './docs-table.ts'
import { readDocument } from './document.ts'
import { retiredKeys, settingRows, variableOf } from './settings.ts'

describe('the page of settings', () => {
  const page = settingsMarkdown()
  const examples = [...page.matchAll(/```toml\n([\s\S]*?)```/g)].map(([, text]) => text ?? '')

  test('has a row for every key, with its variables and its option', () => {
    const rows = new Map([...page.matchAll(/^\| `(\w+)` (.*)$/gm)].toReversed().map(([, key, rest]) => [key, rest]))
    assert.deepEqual([...rows.keys()].sort(), [...new Set([...settingRows, ...retiredKeys, ...copyRows].map(({ key }) => key))].sort())
    for (const setting of settingRows) {
      const { key, kind, flag } = setting
      const row = rows.get(key) ?? ''
      assert.ok(row.includes(`\`${variableOf(setting)}\``))
      assert.equal(row.includes(`\`${variableOf(setting)}_FILE\``), kind.secret === true)
      assert.equal(row.includes('Option:'), flag !== undefined)
    }
  })

  test('has a row for every key of a copy, with its variable', () => {
    const own = page.slice(page.indexOf('## [copy.NAME]'))
    for (const row of copyRows) assert.ok(own.includes(`| \`${row.key}\` |`) && own.includes(`\`${copyVariableOf('usb', row)}\``))
  })

  test('every row has as many cells as its head', () => {
    for (const line of page.split('\n').filter((line) => line.startsWith('|'))) {
      assert.equal(line.match(/(?<!\\)\|/g)?.length, 6, line)
    }
  })

  test('its examples are configuration files', () => {
    const [single, several] = examples.map((text) => readDocument(text, 'config.toml'))
    assert.deepEqual(examples.length, 2)
    for (const { raw } of [...(single?.top ?? [])].map(([, given]) => given)) assert.notEqual(raw, undefined)
    for (const { name, kind } of settingRows) {
      const given = single?.top.get(name)
      if (given !== undefined) assert.notEqual(kind.read(given.raw), undefined, name)
    }
    assert.deepEqual([...(several?.accounts.keys() ?? [])], ['weddings', 'family'])
  })
})
