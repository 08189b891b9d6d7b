import { type Address, addressText, enter, follow, leave } from './address.ts'
import { el } from './el.ts'
import { type OpenView, type Stage, showItems, showMessage } from './explore.ts'
import { load } from './load.ts'
import { type MapFacts, type MapView, WorldMap } from './map.ts'

const viewText = ({ latitude, longitude, zoom }: MapView): string => `${latitude.toFixed(5)},${longitude.toFixed(5)},${zoom.toFixed(2)}`

/** Reads numbers divided by commas; undefined if one of them is none. */
function numbersOf(text: string | undefined, count: number): readonly number[] | undefined {
  const numbers = text?.split(',').map(Number)
  return numbers?.length === count && numbers.every(Number.isFinite) ? numbers : undefined
}

/** Makes ready the map of the photos with a place. Returns the function that shows it. */
export async function showMap(stage: Stage, files: string): Promise<() => OpenView> {
  const { library, host } = stage
  const [points, world, places] = await Promise.all([
    library.points(),
    load(`${files}world-50m.js`, 'world'),
    load(`${files}places.js`, 'places'),
  ])
  if (points.length === 0)
    return () => showMessage(host, 'None of the photos has a place. Cameras with GPS and phones note it, and so does the map of SmugMug.')
  return () => openMap(stage, { library, points, world, places, files })
}

/** Shows the map, or the photos of a pin. */
function openMap(stage: Stage, facts: MapFacts): OpenView {
  const { library, host } = stage
  let list: { readonly view: OpenView; readonly pin: string } | undefined
  let value = stage.address.value
  const here = (): Address => ({ view: 'map', value, ...(list !== undefined && { pin: list.pin }) })
  const map = new WorldMap(facts, {
    open: (pin) => {
      value = viewText(map.view)
      follow(addressText(here()))
      const address = { view: 'map', value, pin: `${pin.latitude.toFixed(5)},${pin.longitude.toFixed(5)}` }
      enter(addressText(address))
      show(address)
    },
    moved: () => {
      if (list !== undefined) return
      value = viewText(map.view)
      follow(addressText(here()))
    },
  })
  const showMapItself = (): void => {
    list?.view.close()
    list = undefined
    host.replaceChildren(map.host)
    map.host.focus({ preventScroll: true })
  }
  const show = (address: Address): boolean => {
    if (address.view !== 'map') return false
    if (address.pin !== undefined && list?.pin === address.pin) return list.view.show(address)
    if (list !== undefined || !map.host.isConnected) showMapItself()
    if (address.value !== value || address.pin !== undefined) map.go(readView(address.value))
    value = address.value
    const [latitude, longitude] = numbersOf(address.pin, 2) ?? []
    if (address.pin === undefined || latitude === undefined || longitude === undefined) return true
    const { items, label } = map.around({ latitude, longitude })
    const back = el('button', { className: 'back', type: 'button', onclick: () => leaveList() }, '‹ Map')
    const line = el('p', { className: 'found', role: 'status' }, back, label)
    list = { view: showItems({ library, host, address }, items, line), pin: address.pin }
    return true
  }
  const leaveList = (): void => {
    const before = { view: 'map', value }
    leave(addressText(before))
    show(before)
  }
  host.replaceChildren(map.host)
  map.begin(readView(value))
  show(stage.address)
  return {
    show,
    close: () => {
      list?.view.close()
      map.close()
    },
  }
}

function readView(value: string): MapView | undefined {
  const [latitude, longitude, zoom] = numbersOf(value, 3) ?? []
  return latitude === undefined || longitude === undefined || zoom === undefined ? undefined : { latitude, longitude, zoom }
}
