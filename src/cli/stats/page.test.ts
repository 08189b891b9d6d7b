import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { Script } from 'node:vm'
import { createCounters } from '../../progress/counters.ts'
import { createRunView } from '../../progress/run-view.ts'
import { wordsOf } from '../../progress/words.ts'
import { CONTENT_POLICY, PAGE } from './page.ts'

const between = (tag: string): string => new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(PAGE)?.[1] ?? assert.fail(`no <${tag}>`)

test('every word has its element', () => {
  const numbers = createCounters(createRunView(Date.now), Date.now).numbers()
  const { texts, tables } = wordsOf(numbers, { rss: 1, heapUsed: 1, external: 1, delay: { mean: 0, p99: 0, max: 0 } })
  const places = [...PAGE.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
  assert.equal(new Set(places).size, places.length, 'no place is there twice')
  for (const id of [...Object.keys(texts), ...Object.keys(tables)]) assert.ok(places.includes(id), id)
  for (const [, id] of between('script').matchAll(/place\('(\w+)'\)/g)) assert.ok(places.includes(id), id)
})

test('the browser may run nothing but the own script of the page', () => {
  assert.match(CONTENT_POLICY, /^default-src 'none'; /)
  assert.doesNotMatch(CONTENT_POLICY, /unsafe|\*|https?:/)
  for (const tag of ['style', 'script']) {
    const hash = createHash('sha256').update(between(tag)).digest('base64')
    assert.ok(CONTENT_POLICY.includes(`${tag}-src 'sha256-${hash}'`), tag)
  }
  assert.doesNotMatch(PAGE, /<[^>]+ (?:style|on\w+)=/, 'no style or script in attributes, which the policy would refuse')
  assert.doesNotMatch(PAGE, /(?:src|href)="(?!data:|\/)/, 'nothing comes from elsewhere')
})

test('its script is JavaScript, puts names in as text alone, and it is small', () => {
  assert.doesNotThrow(() => new Script(between('script')))
  assert.doesNotMatch(between('script'), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b/)
  assert.ok(Buffer.byteLength(PAGE) < 14_000, `${Buffer.byteLength(PAGE)} bytes`)
})
