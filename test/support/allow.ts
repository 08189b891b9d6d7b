/** The part of a person in the browser during a sign-in, with the pages of the simulated SmugMug. */
import assert from 'node:assert/strict'

/** Opens the link and allows access: reads the page, and sends its form. */
export async function allow(link: string): Promise<Response> {
  const page = await (await fetch(link)).text()
  const fields: [string, string][] = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
    ([, name = '', value = '']) => [name, value],
  )
  const action = page.match(/<form method="post" action="([^"]+)"/)?.[1] ?? assert.fail(page)
  return await fetch(new URL(action, link), { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })
}

/** Returns the six digits that SmugMug shows then. */
export const codeIn = async (answer: Response): Promise<string> =>
  (await answer.text()).match(/id="code">(\d{6})</)?.[1] ?? assert.fail('no code')
