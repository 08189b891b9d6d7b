/** The local page of one vault, put together. */
import { openMonitor } from '../progress/vitals.ts'
import { browsing } from './browse.ts'
import { type OfficeOptions, openOffice } from './office.ts'
import { healthResource, liveResource } from './pages/home.ts'
import { copyResource } from './resources/copy.ts'
import { eventsResource } from './resources/events.ts'
import { healthzResource, metricsResource } from './resources/healthz.ts'
import { searchResource } from './resources/search.ts'
import { runsResource, standingResource } from './resources/standing.ts'
import { tasksResource } from './resources/tasks.ts'
import { openWeb, type Resource, type Web } from './web.ts'

/** A page that is to be opened. */
export interface LocalPageOptions extends OfficeOptions {
  /** Is called with an unexpected error of one request. */
  onBug(error: unknown): void
}

/** The open page. */
export interface LocalPage extends Omit<Web, 'close'> {
  close(): Promise<void>
}

/** Opens the local page with the `[web]` settings. Rejects with the system's error if the port or address cannot be used. */
export async function openLocalPage(options: LocalPageOptions): Promise<LocalPage> {
  const { webPort, webListen, webHost, webPassword } = options.settings
  const office = openOffice(options)
  const monitor = openMonitor(options.now)
  const events = eventsResource(office)
  const resources = new Map<string, Resource>([
    ['/', healthResource(office)],
    ['/health.html', healthResource(office)],
    ['/healthz', healthzResource(office)],
    ['/metrics', metricsResource(office, monitor)],
    ['/api/standing', standingResource(office)],
    ['/api/runs', runsResource(office)],
    ['/api/copy', copyResource(office)],
    ['/api/search', searchResource(office)],
    ['/api/tasks', tasksResource(office)],
    ['/api/events', events],
    ['/live.html', liveResource(office)],
  ])
  const web = await openWeb({
    port: webPort,
    listen: isLoopback(webListen) ? undefined : webListen,
    others: webHost,
    password: webPassword,
    now: options.now,
    resources,
    browse: browsing(office),
    onBug: options.onBug,
  })
  return {
    ...web,
    close: async () => {
      await office.close()
      events.close()
      web.close()
      monitor.close()
    },
  }
}

/** Does an address belong to this machine alone? Then no password is needed. */
export const isLoopback = (address: string | undefined): boolean =>
  address === undefined || address === 'localhost' || address === '::1' || /^127(\.\d{1,3}){3}$/.test(address)
