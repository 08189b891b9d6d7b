/** The sentence for a program from which no answer comes. */
export const GONE = 'The program does not answer: it has ended, or this computer slept.'

/** Sends a wish. Returns undefined if the program does not answer. A session that has ended is led to the door. */
export async function post<T>(
  to: string,
  body: Readonly<Record<string, string | number | boolean>>,
): Promise<{ readonly ok: boolean; readonly answer: T } | undefined> {
  try {
    const response = await fetch(to, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
    if (response.status === 401) location.reload()
    return { ok: response.ok, answer: (await response.json()) as T }
  } catch (error) {
    // No connection, or no JSON at the other end of it.
    if (error instanceof TypeError || error instanceof SyntaxError) return undefined
    throw error
  }
}
