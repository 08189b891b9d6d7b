import type { LiveNews } from '../contract.ts'

/** Milliseconds until a page asks again after the server had no room for it. */
const AGAIN_MS = 5000

/**
 * Listens to the news of the program, from the number on that the page was made with, for as long as the page is open. `lost` is called when
 * the program does not answer.
 */
export function listen(heard: (news: LiveNews) => void, lost: () => void = () => {}): void {
  let since = document.querySelector<HTMLElement>('[data-since]')?.dataset.since ?? ''
  const connect = (): void => {
    const source = new EventSource(`api/events?since=${since}`)
    source.onmessage = ({ data, lastEventId }: MessageEvent<string>) => {
      if (lastEventId !== '') since = lastEventId
      heard(JSON.parse(data) as LiveNews)
    }
    source.onerror = () => {
      lost()
      // Otherwise the browser connects again by itself.
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, AGAIN_MS)
    }
  }
  connect()
}
