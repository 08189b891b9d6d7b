import { el } from '../../twin/client/el.ts'

/** Returns the key of the photo that the page's address leads to. */
const keyInAddress = (): string | undefined => /(?:^#i-|&photo=[^&]*\/)([A-Za-z0-9_-]+)/.exec(decodeURIComponent(location.hash))?.[1]

/** Adds the way to a photo's copies where the photo is shown large, and keeps a click on the one of an album's page from opening the photo. */
export function offerCopies(root: string): void {
  document.addEventListener(
    'click',
    (event) => {
      if (event.target instanceof Element && event.target.closest('.photos a.copy') !== null) event.stopPropagation()
    },
    true,
  )
  const watch = (): void => {
    const side = document.querySelector('dialog.box aside')
    if (side === null) return
    // The box is made when the first photo is opened, and stays.
    ofBody.disconnect()
    new MutationObserver(() => addLink(side, root)).observe(side, { childList: true })
    addLink(side, root)
  }
  const ofBody = new MutationObserver(watch)
  ofBody.observe(document.body, { childList: true })
  watch()
}

function addLink(side: Element, root: string): void {
  if (side.querySelector('.count') === null || side.querySelector('.copies-of') !== null) return
  const link = el('a', { className: 'original copies-of' }, 'Get back a copy')
  // The address follows a photo with a delay: the link is set again before it can be used.
  const point = (): void => {
    const key = keyInAddress()
    if (key !== undefined) link.href = `${root}copy.html?item=${key}`
  }
  point()
  setTimeout(point, 300)
  for (const kind of ['pointerdown', 'focus', 'click']) link.addEventListener(kind, point)
  side.append(el('p', {}, link))
}
