import { listen } from './news.ts'

/** Milliseconds between two looks while a run is under way. */
const REST_MS = 15_000

/** Keeps the page about the health up to date: at once when a run begins or ends, else now and then while one is under way. */
export function refreshHealth(): void {
  let last = Date.now()
  let under: Promise<void> | undefined
  let again = false
  const refresh = (): void => {
    last = Date.now()
    again = under !== undefined
    under ??= takeAnew()
      // A program that has ended, or a computer that slept: the page stays as it was, and the next news bring it up to date.
      .catch(() => {})
      .finally(() => {
        under = undefined
        if (again) refresh()
      })
  }
  listen((news) => {
    if (news.kind === 'task' || news.kind === 'elsewhere') refresh()
    else if (news.kind === 'now' && isUnderWay(news) && Date.now() - last > REST_MS) refresh()
  })
}

const isUnderWay = ({
  view,
  elsewhere,
}: {
  readonly view?: { readonly task: { readonly state: string } }
  readonly elsewhere?: object
}): boolean => elsewhere !== undefined || (view !== undefined && view.task.state !== 'ended')

/** Fetches the page anew and puts what has changed in place. Scroll and focus stay. */
async function takeAnew(): Promise<void> {
  const answer = await fetch(location.pathname)
  if (!answer.ok) return
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main.health')
  // Looked for each time: a page of another form has replaced the element as a whole.
  const main = document.querySelector('main.health')
  if (fresh !== null && main !== null) merge(main, fresh)
}

/** Makes an element's children equal to those of another one, and touches only those that differ. */
function merge(old: Element, fresh: Element): void {
  if (old.outerHTML === fresh.outerHTML) return
  const isSame = old.tagName === fresh.tagName && old.childElementCount > 0 && old.childElementCount === fresh.childElementCount
  if (!isSame || [...old.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim() !== '')) {
    const focused = old.contains(document.activeElement) ? document.activeElement?.getAttribute('href') : undefined
    old.replaceWith(fresh)
    if (focused !== undefined && focused !== null)
      fresh.querySelector<HTMLElement>(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true })
    return
  }
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value)
  for (const name of old.getAttributeNames()) if (!fresh.hasAttribute(name)) old.removeAttribute(name)
  const pairs = [...old.children].map((child, index) => [child, fresh.children[index]] as const)
  for (const [child, other] of pairs) if (other !== undefined) merge(child, other)
}
