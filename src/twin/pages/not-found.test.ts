import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { notFoundPage } from './not-found.ts'

/** Runs the page's script at an address. Returns where it leads, and the scripts that it loads. */
function shownAt(pathname: string): { readonly leads: readonly string[]; readonly loads: readonly string[] } {
  const [leads, loads]: [string[], string[]] = [[], []]
  const [, script = ''] = /<script>([\s\S]*?)<\/script>/.exec(notFoundPage({ title: 'x', isLive: false })) ?? []
  runInNewContext(script, {
    location: { pathname, protocol: 'https:', search: '', hash: '', replace: (to: string) => void leads.push(to) },
    sessionStorage: { getItem: () => null, setItem: () => undefined },
    document: { createElement: () => ({}), head: { appendChild: ({ src }: { src: string }) => void loads.push(src) } },
  })
  return { leads, loads }
}

test('the page for an unknown address leads to no other host, and loads nothing from one', () => {
  assert.deepEqual(shownAt('/Travel/Norway/i-abc').leads, ['/Travel/Norway/#i-abc'])
  assert.deepEqual(shownAt('//evil.example/i-abc').leads, ['/evil.example/#i-abc'])
  assert.deepEqual(shownAt('///evil.example/album').leads, ['/evil.example/album/'])
  assert.deepEqual(shownAt('//evil.example/x.html').loads, ['/twin.files/data/index.js'])
  assert.match(notFoundPage({ title: 'x', isLive: false }), /Content-Security-Policy" content="default-src 'none'; script-src 'self'/)
})
