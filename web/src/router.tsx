// Every address of the app, and what stands behind it. A page's search parameters are its state:
// validated here, typed everywhere.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  stringifySearchWith,
  parseSearchWith,
} from '@tanstack/react-router'
import { Frame } from './frame/frame.tsx'
import { Lost, Trouble } from './frame/trouble.tsx'
import { compact, countOf, textOf, wordOf } from './words/search.ts'

const root = createRootRoute({ component: Frame, notFoundComponent: Lost, errorComponent: Trouble })
const parent = () => root

const overview = createRoute({
  getParentRoute: parent,
  path: '/',
  validateSearch: (search) => compact({ range: wordOf(search, 'range', ['7d']) }),
  component: lazyRouteComponent(() => import('./pages/overview.tsx'), 'Overview'),
})

const login = createRoute({
  getParentRoute: parent,
  path: '/login',
  component: lazyRouteComponent(() => import('./pages/overview.tsx'), 'Overview'),
})

const welcome = createRoute({
  getParentRoute: parent,
  path: '/welcome',
  component: lazyRouteComponent(() => import('./pages/welcome.tsx'), 'Welcome'),
})

const banks = createRoute({
  getParentRoute: parent,
  path: '/banks',
  validateSearch: (search) =>
    compact({
      q: textOf(search, 'q'),
      show: wordOf(search, 'show', ['wants', 'attention', 'fresh']),
      ended: wordOf(search, 'ended', ['yes']),
    }),
  component: lazyRouteComponent(() => import('./pages/banks.tsx'), 'Banks'),
})

const link = createRoute({
  getParentRoute: parent,
  path: '/banks/link',
  validateSearch: (search) =>
    compact({ session: textOf(search, 'session'), item: textOf(search, 'item') }),
  component: lazyRouteComponent(() => import('./pages/link.tsx'), 'LinkBank'),
})

const linkDone = createRoute({
  getParentRoute: parent,
  path: '/banks/link/done',
  component: lazyRouteComponent(() => import('./pages/link.tsx'), 'LinkDone'),
})

const bank = createRoute({
  getParentRoute: parent,
  path: '/banks/$item',
  component: lazyRouteComponent(() => import('./pages/bank.tsx'), 'BankPage'),
})

const account = createRoute({
  getParentRoute: parent,
  path: '/accounts/$id',
  validateSearch: (search) =>
    compact({ q: textOf(search, 'q'), range: wordOf(search, 'range', ['all']) }),
  component: lazyRouteComponent(() => import('./pages/account.tsx'), 'AccountPage'),
})

const connections = createRoute({
  getParentRoute: parent,
  path: '/connections',
  validateSearch: (search) => compact({ q: textOf(search, 'q') }),
  component: lazyRouteComponent(() => import('./pages/connections.tsx'), 'Connections'),
})

const newConnection = createRoute({
  getParentRoute: parent,
  path: '/connections/new',
  validateSearch: (search) =>
    compact({
      source: textOf(search, 'source'),
      destination: textOf(search, 'destination'),
      like: textOf(search, 'like'),
    }),
  component: lazyRouteComponent(() => import('./pages/connection-new.tsx'), 'NewConnection'),
})

const connectionTabs = ['streams', 'schedule', 'settings', 'state'] as const

const connection = createRoute({
  getParentRoute: parent,
  path: '/connections/$id',
  validateSearch: (search) => compact({ tab: wordOf(search, 'tab', connectionTabs) }),
  component: lazyRouteComponent(() => import('./pages/connection.tsx'), 'ConnectionPage'),
})

const jobs = createRoute({
  getParentRoute: parent,
  path: '/jobs',
  validateSearch: (search) =>
    compact({
      status: textOf(search, 'status'),
      kind: wordOf(search, 'kind', ['sync', 'clear']),
      connection: textOf(search, 'connection'),
      range: wordOf(search, 'range', ['day', 'week', 'month']),
      page: countOf(search, 'page'),
    }),
  component: lazyRouteComponent(() => import('./pages/jobs.tsx'), 'Jobs'),
})

const job = createRoute({
  getParentRoute: parent,
  path: '/jobs/$id',
  validateSearch: (search) =>
    compact({
      attempt: countOf(search, 'attempt'),
      level: wordOf(search, 'level', ['WARN', 'ERROR']),
      origin: wordOf(search, 'origin', ['source', 'destination', 'platform']),
      q: textOf(search, 'q'),
      line: countOf(search, 'line'),
    }),
  beforeLoad: ({ params }) => {
    if (!/^\d{1,15}$/.test(params.id)) throw notFound()
  },
  component: lazyRouteComponent(() => import('./pages/job.tsx'), 'JobPage'),
})

const data = createRoute({
  getParentRoute: parent,
  path: '/data',
  component: lazyRouteComponent(() => import('./pages/data.tsx'), 'Data'),
})

const table = createRoute({
  getParentRoute: parent,
  path: '/data/$schema/$table',
  validateSearch: (search) =>
    compact({
      sort: textOf(search, 'sort'),
      column: textOf(search, 'column'),
      op: textOf(search, 'op'),
      value: textOf(search, 'value'),
      row: countOf(search, 'row'),
      tab: wordOf(search, 'tab', ['columns']),
    }),
  component: lazyRouteComponent(() => import('./pages/table.tsx'), 'TablePage'),
})

const sql = createRoute({
  getParentRoute: parent,
  path: '/data/sql',
  validateSearch: (search) =>
    compact({
      q: textOf(search, 'q'),
      saved: textOf(search, 'saved'),
      view: wordOf(search, 'view', ['chart']),
      column: textOf(search, 'column'),
    }),
  component: lazyRouteComponent(() => import('./pages/sql.tsx'), 'Sql'),
})

const alerts = createRoute({
  getParentRoute: parent,
  path: '/alerts',
  component: lazyRouteComponent(() => import('./pages/alerts.tsx'), 'Alerts'),
})

const verify = createRoute({
  getParentRoute: parent,
  path: '/verify',
  component: lazyRouteComponent(() => import('./pages/verify.tsx'), 'Verify'),
})

const webhooks = createRoute({
  getParentRoute: parent,
  path: '/webhooks',
  validateSearch: (search) =>
    compact({
      item: textOf(search, 'item'),
      type: textOf(search, 'type'),
      id: textOf(search, 'id'),
    }),
  component: lazyRouteComponent(() => import('./pages/webhooks.tsx'), 'Webhooks'),
})

const system = createRoute({
  getParentRoute: parent,
  path: '/system',
  validateSearch: (search) =>
    compact({ service: textOf(search, 'service'), q: textOf(search, 'q') }),
  component: lazyRouteComponent(() => import('./pages/system.tsx'), 'System'),
})

const world = createRoute({
  getParentRoute: parent,
  path: '/world',
  component: lazyRouteComponent(() => import('./pages/world.tsx'), 'World'),
})

const settingsTabs = ['users', 'invitations', 'keys', 'audit'] as const

const settings = createRoute({
  getParentRoute: parent,
  path: '/settings',
  validateSearch: (search) => compact({ tab: wordOf(search, 'tab', settingsTabs) }),
  component: lazyRouteComponent(() => import('./pages/settings.tsx'), 'Settings'),
})

const actors = createRoute({
  getParentRoute: parent,
  path: '/actors',
  component: lazyRouteComponent(() => import('./pages/actors.tsx'), 'Actors'),
})

// where clients of an Airbyte link to
const sources = createRoute({
  getParentRoute: parent,
  path: '/sources',
  component: lazyRouteComponent(() => import('./pages/actors.tsx'), 'Actors'),
})

const destinations = createRoute({
  getParentRoute: parent,
  path: '/destinations',
  component: lazyRouteComponent(() => import('./pages/actors.tsx'), 'Actors'),
})

const actorBegun = (search: Record<string, unknown>) =>
  compact({ definition: textOf(search, 'definition'), from: textOf(search, 'from') })

const newSource = createRoute({
  getParentRoute: parent,
  path: '/sources/new',
  validateSearch: actorBegun,
  component: lazyRouteComponent(() => import('./pages/actor.tsx'), 'NewSource'),
})

const source = createRoute({
  getParentRoute: parent,
  path: '/sources/$id',
  component: lazyRouteComponent(() => import('./pages/actor.tsx'), 'SourcePage'),
})

const newDestination = createRoute({
  getParentRoute: parent,
  path: '/destinations/new',
  validateSearch: actorBegun,
  component: lazyRouteComponent(() => import('./pages/actor.tsx'), 'NewDestination'),
})

const destination = createRoute({
  getParentRoute: parent,
  path: '/destinations/$id',
  component: lazyRouteComponent(() => import('./pages/actor.tsx'), 'DestinationPage'),
})

const follow = createRoute({
  getParentRoute: parent,
  path: '/follow/$transaction',
  component: lazyRouteComponent(() => import('./pages/follow.tsx'), 'Follow'),
})

const money = createRoute({
  getParentRoute: parent,
  path: '/money',
  validateSearch: (search) =>
    compact({
      tab: wordOf(search, 'tab', ['flow', 'recurring', 'transfers', 'balances', 'holdings']),
      month: textOf(search, 'month'),
      range: wordOf(search, 'range', ['two', 'five']),
      account: textOf(search, 'account'),
      currency: textOf(search, 'currency'),
    }),
  component: lazyRouteComponent(() => import('./pages/money.tsx'), 'Money'),
})

export const router = createRouter({
  routeTree: root.addChildren([
    overview,
    login,
    welcome,
    banks,
    link,
    linkDone,
    bank,
    account,
    connections,
    newConnection,
    connection,
    jobs,
    job,
    data,
    table,
    sql,
    alerts,
    verify,
    webhooks,
    system,
    world,
    settings,
    actors,
    sources,
    destinations,
    newSource,
    source,
    newDestination,
    destination,
    follow,
    money,
  ]),
  basepath: new URL(document.baseURI).pathname,
  defaultPreload: 'intent',
  scrollRestoration: true,
  // plain texts in the address, no quoted JSON
  parseSearch: parseSearchWith((text) => text),
  stringifySearch: stringifySearchWith((value) => String(value)),
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
