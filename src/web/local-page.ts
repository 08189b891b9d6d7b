/** The local page of one vault, put together. */
import type { Settings } from '../config/settings.ts'
import { openMonitor } from '../progress/vitals.ts'
import { refuse } from './answers.ts'
import { browsing } from './browse.ts'
import type { Refusal } from './guard.ts'
import { NOT_FOUND } from './guard.ts'
import { type Office, type OfficeOptions, openOffice } from './office.ts'
import { healthResource, liveResource } from './pages/home.ts'
import { copiesResource, copyPageResource, copyResource } from './resources/copy.ts'
import { eventsResource } from './resources/events.ts'
import { healthzResource, metricsResource } from './resources/healthz.ts'
import { searchResource } from './resources/search.ts'
import { runsResource, standingResource } from './resources/standing.ts'
import { tasksResource } from './resources/tasks.ts'
import type { Configuration } from './set-up/configuration.ts'
import { setUpResources } from './set-up/resources.ts'
import { PAGE, SetUp, type SetUpApp } from './set-up/set-up.ts'
import { openWeb, type Resource, type Web } from './web.ts'

/** A page that is to be opened. */
export interface LocalPageOptions extends OfficeOptions {
  readonly app: OfficeOptions['app'] & SetUpApp
  readonly configuration: Configuration
  /** Is called when a set-up has chosen another folder. */
  settled(settings: Settings): void
  /** Is called with an unexpected error of one request. */
  onBug(error: unknown): void
}

/** The open page, with the vault behind it. */
export interface LocalPage extends Web {
  readonly office: Office
}

/** Opens the local page with the `[web]` settings. Rejects with the system's error if the port or address cannot be used. */
export async function openLocalPage(options: LocalPageOptions): Promise<LocalPage> {
  const { webPort, webListen, webHost, webPassword } = options.settings
  const office = openOffice(options)
  const monitor = openMonitor(options.now)
  const events = eventsResource(office)
  const setUp = new SetUp({ ...options, office })
  const health = healthResource(office)
  const hasFolder = async (): Promise<boolean> => {
    if (office.settings().destination === undefined) await setUp.refresh()
    return office.settings().destination !== undefined
  }
  const resources = new Map<string, Resource>([
    ...setUpResources(setUp),
    ['/', unlessSetUp(health, () => setUp.isComplete())],
    ['/health.html', unlessSetUp(health, hasFolder)],
    ['/healthz', healthzResource(office)],
    ['/metrics', metricsResource(office, monitor)],
    ['/api/standing', standingResource(office)],
    ['/api/runs', runsResource(office)],
    ['/api/copy', copyResource(office)],
    ['/api/copies', copiesResource(office)],
    ['/copy.html', copyPageResource(office)],
    ['/api/search', searchResource(office)],
    ['/api/tasks', tasksResource(office)],
    ['/api/events', events],
    ['/live.html', unlessSetUp(liveResource(office), hasFolder)],
  ])
  const web = await openWeb({
    port: webPort,
    listen: isLoopback(webListen) ? undefined : webListen,
    others: webHost,
    password: webPassword,
    now: options.now,
    resources,
    browse: browsing(office, async (exchange) => refuse(exchange, (await hasFolder()) ? NOT_FOUND : TO_SET_UP)),
    onBug: options.onBug,
  })
  return {
    ...web,
    office,
    close: async () => {
      // Visitors first: an answer that is still being made needs the vault, and a new one would open it again.
      events.close()
      await web.close()
      await office.close()
      monitor.close()
    },
  }
}

/** Opens what watchmen ask for and nothing else, for this machine alone. Rejects with the system's error if the port cannot be used. */
export async function openWatchman(options: OfficeOptions & Pick<LocalPageOptions, 'onBug'>): Promise<LocalPage> {
  const office = openOffice(options)
  const monitor = openMonitor(options.now)
  const web = await openWeb({
    port: options.settings.webPort,
    now: options.now,
    resources: new Map<string, Resource>([
      ['/healthz', healthzResource(office)],
      ['/metrics', metricsResource(office, monitor)],
    ]),
    onBug: options.onBug,
  })
  return {
    ...web,
    office,
    close: async () => {
      await web.close()
      await office.close()
      monitor.close()
    },
  }
}

const TO_SET_UP: Refusal = { status: 302, text: 'The set-up comes first.', headers: { Location: PAGE } }

/** Leads to the set-up instead of a page that has nothing to show before it. */
const unlessSetUp = (page: Resource, isReady: () => Promise<boolean>): Resource => ({
  ...page,
  answer: async (exchange) => ((await isReady()) ? await page.answer(exchange) : refuse(exchange, TO_SET_UP)),
})

/** Does an address belong to this machine alone? Then no password is needed. */
export const isLoopback = (address: string | undefined): boolean =>
  address === undefined || address === 'localhost' || address === '::1' || /^127(\.\d{1,3}){3}$/.test(address)
