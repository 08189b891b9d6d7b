import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fakeIo } from '../../../test/support/fake-io.ts'
import type { App } from '../command.ts'
import { main } from '../main.ts'

/** Runs the command without operations: it must be refused before any. */
async function refused(...argv: readonly string[]): Promise<string> {
  const io = fakeIo()
  assert.equal(await main(['handover', ...argv], io, () => Promise.resolve({} as App)), 2)
  return io.stderr.text
}

describe('the command handover', () => {
  test('refuses options that a target does not take', async () => {
    assert.match(await refused('piwigo', '--output', 'x', '--sidecars'), /handover piwigo does not take --sidecars/)
    assert.match(await refused('redirects', '--output', 'x', '--sidecars'), /handover redirects does not take --sidecars/)
    assert.match(await refused('piwigo', '--output', 'x', '--all'), /handover piwigo does not take --all/)
    assert.match(await refused('immich', '--output', 'x', '--to', 'https://example.org'), /handover immich does not take --to/)
  })

  test('refuses a target that is not there, and a missing folder', async () => {
    assert.match(await refused('picasa', '--output', 'x'), /no target "picasa" for handover; it takes immich, .*piwigo, redirects/)
    assert.match(await refused('piwigo'), /handover needs --output DIR/)
  })
})
