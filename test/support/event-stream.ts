import assert from 'node:assert/strict'

/** Yields the events of a stream (`text/event-stream`), each as the JSON that it holds, until the stream ends or breaks. */
export async function* eventsOf<T>(url: string, headers: Readonly<Record<string, string>> = {}): AsyncGenerator<T, void> {
  const answer = await fetch(url, { headers })
  assert.equal(answer.headers.get('content-type'), 'text/event-stream')
  let text = ''
  try {
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk
      const events = text.split('\n\n')
      text = events.pop() ?? ''
      for (const event of events) {
        const data = event.split('\n').find((line) => line.startsWith('data: '))
        if (data !== undefined) yield JSON.parse(data.slice('data: '.length)) as T
      }
    }
  } catch (error) {
    assert.match(`${error}`, /terminated/)
  }
}

/** Listens from now on. Resolves with the first event; `last` resolves to the last one. */
export async function lastOf<T>(url: string): Promise<{ readonly last: Promise<T> }> {
  const events = eventsOf<T>(url)
  const first = await events.next()
  assert.ok(!first.done, 'there is a first event')
  const last = async (): Promise<T> => {
    let newest = first.value
    for await (const event of events) newest = event
    return newest
  }
  return { last: last() }
}
