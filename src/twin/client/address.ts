/**
 * The address of a page: everything a person looks at stands behind its `#`, so that it can be linked, reloaded and left with Back.
 * `#i-KEY` on an album's page; on the explore page a view with its value, then the pin and the photo that are open:
 * `#time=2019-07`, `#search=fjord`, `#map=60.39,5.32,9.5&pin=60.39,5.32&photo=2019-07/KEY`.
 */

/** The parts of an address of the explore page. */
export interface Address {
  readonly view: string
  readonly value: string
  /** The latitude and longitude of the pin whose photos are shown. */
  readonly pin?: string
  /** The month and the key of the photo that is open. */
  readonly photo?: string
}

/** Milliseconds of rest until the address follows: a browser refuses a page that changes it hundreds of times. */
const REST = 200

let waiting: { readonly timer: number; readonly hash: string; readonly top: number | undefined } | undefined

/** The page's own entry of the history. */
interface Entry {
  /** Did a person go into it from another view? */
  readonly isInside?: boolean
  /** The address that was scrolled, and the distance from its top. */
  readonly place?: { readonly hash: string; readonly top: number }
}

const entry = (): Entry | null => history.state as Entry | null

const forget = (): void => {
  clearTimeout(waiting?.timer)
  waiting = undefined
}

/** Lets the address follow now. */
function settle(): void {
  if (waiting !== undefined) {
    const { hash, top } = waiting
    history.replaceState(top === undefined ? entry() : { ...entry(), place: { hash, top } }, '', hash)
  }
  forget()
}

addEventListener('popstate', () => {
  // After Back the address is another one.
  forget()
  history.scrollRestoration = 'auto'
})

/** Returns a part of an address as people read it; as it stands, if it is not encoded as it should be. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    return text
  }
}

/** Returns the text behind the `#` of the address. */
export const hashText = (): string => decode(location.hash.slice(1))

/** Reads the address of the explore page. */
export function readAddress(): Address {
  const [, place = '', pin, photo] = /^#?(.*?)(?:&pin=([^&]*))?(?:&photo=([^&]*))?$/s.exec(location.hash) ?? []
  const [view = '', value = ''] = place.split(/=(.*)/s)
  return {
    view: view === '' ? 'time' : view,
    value: decode(value),
    ...(pin !== undefined && { pin: decode(pin) }),
    ...(photo !== undefined && { photo: decode(photo) }),
  }
}

const encode = (text: string): string => encodeURIComponent(text).replaceAll('%2C', ',').replaceAll('%2F', '/')

/** Returns the text of an address, from its `#` on. */
export const addressText = ({ view, value, pin, photo }: Address): string =>
  [
    `#${view}`,
    value !== '' && `=${encode(value)}`,
    pin !== undefined && `&pin=${encode(pin)}`,
    photo !== undefined && `&photo=${encode(photo)}`,
  ]
    .filter((part) => part !== false)
    .join('')

/** Goes one step into a page: Back leads out again. */
export function enter(hash: string): void {
  settle()
  // Back must not scroll away from the photo that was looked at last.
  history.scrollRestoration = 'manual'
  history.pushState({ isInside: true }, '', hash)
}

/** Puts another address in place of this one, now. An address that was to follow the old one is dropped. */
export function replace(hash: string): void {
  forget()
  history.replaceState(entry(), '', hash)
}

/** Puts another address in place of this one, once the person rests. With `top`, notes how far its view is scrolled: see `keptTop`. */
export function follow(hash: string, top?: number): void {
  forget()
  if (hash !== location.hash || top !== undefined) waiting = { timer: window.setTimeout(settle, REST), hash, top }
}

/** Returns how far the view of an address was scrolled before the page was loaded again; 0 if that is not known. */
export function keptTop(hash: string): number {
  const place = entry()?.place
  return place?.hash === hash ? place.top : 0
}

/** Leaves what `enter` went into, as Back does. A person who came by a link is led to `hash`. */
export function leave(hash: string): void {
  forget()
  if (entry()?.isInside === true) history.back()
  else history.replaceState(null, '', hash)
}
