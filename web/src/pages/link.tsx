// Link: Plaid's own page opens in a tab and this one waits for it; nothing of Plaid's ever runs
// here. With an Item it is that one's repair.
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useMay } from '../api/may.ts'
import { itemQuery, linkQuery, type LinkSession, startLink } from '../api/plaid.ts'
import { Button, buttonClass } from '../parts/button.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { Page } from '../parts/page.tsx'
import { Bank, When } from '../parts/said.tsx'
import { Sett } from '../parts/sett.tsx'
import { Shown } from '../parts/shown.tsx'
import { Shape } from '../parts/status-mark.tsx'
import { sayTrouble } from '../parts/toasts.tsx'
import { visible } from '../words/hostile.ts'
import { BankTrouble } from './bank-health.tsx'
import css from './link.module.css'

export function LinkBank() {
  const { session, item } = useSearch({ from: '/banks/link' })
  const { data: repaired } = useQuery({ ...itemQuery(item ?? ''), enabled: item !== undefined })
  const name = repaired && visible(repaired.institution_name ?? repaired.item_id)
  const title = item === undefined ? 'Link a bank' : `Repair ${name ?? 'a bank'}`
  return (
    <Page title={title} crumbs={[{ label: 'Banks', to: '/banks' }]}>
      <div className={css['card']}>
        {session === undefined ? <Begin item={item} /> : <Wait session={session} item={item} />}
      </div>
    </Page>
  )
}

const ofLink =
  'You log in at your bank on Plaid’s own page, which opens in a tab of its own. Tartan sees no ' +
  'password.'
const ofRepair =
  'You log in at the bank again on Plaid’s own page. The link stays the same: nothing is there ' +
  'twice, and what was missed is read.'

function Begin({ item }: { item: string | undefined }) {
  const { data: repaired } = useQuery(itemQuery(item ?? ''))
  const navigate = useNavigate({ from: '/banks/link' })
  const may = useMay('operator')
  const begin = useMutation({
    mutationFn: (selects: boolean) =>
      startLink({
        ...(item === undefined ? {} : { item_id: item }),
        ...(selects ? { account_selection_enabled: true } : {}),
      }),
    onSuccess: ({ session_id: session }) =>
      void navigate({ search: (old) => ({ ...old, session }), replace: true }),
    onError: sayTrouble,
  })
  return (
    <>
      <p>{item === undefined ? ofLink : ofRepair}</p>
      <BankTrouble institution={repaired?.institution_id ?? null} />
      <div className={css['buttons']}>
        <Button
          look="main"
          refused={may}
          busy={begin.isPending}
          onClick={() => begin.mutate(false)}
        >
          Begin
        </Button>
        {item !== undefined && (
          <Button refused={may} busy={begin.isPending} onClick={() => begin.mutate(true)}>
            Begin, and choose accounts
          </Button>
        )}
      </div>
    </>
  )
}

function Wait({ session, item }: { session: string; item: string | undefined }) {
  const query = useQuery(linkQuery(session))
  return (
    <Shown query={query} rows={3}>
      {(told) => (isOver(told) ? <Over told={told} item={item} /> : <Open told={told} />)}
    </Shown>
  )
}

function isOver({ status, items }: LinkSession): boolean {
  return status !== 'open' || items.length > 0
}

function Open({ told }: { told: LinkSession }) {
  return (
    <>
      <p>
        The page at Plaid is ready until <When at={told.expires_at} />.
      </p>
      <div className={css['buttons']}>
        <a
          className={buttonClass('main')}
          href={told.hosted_link_url}
          target="_blank"
          rel="noopener noreferrer"
        >
          Open Plaid’s page
        </a>
      </div>
      <p className={css['wait']} role="status">
        <Shape tone="running" /> Waiting for you there. This page goes on by itself.
      </p>
    </>
  )
}

function Over({ told, item }: { told: LinkSession; item: string | undefined }) {
  const again = (
    <PageLink to="/banks/link" search={item === undefined ? {} : { item }} look="plain">
      {told.items.length > 0 ? 'Link another bank' : 'Begin anew'}
    </PageLink>
  )
  if (told.items.length === 0) {
    return (
      <>
        <p>
          {told.status === 'expired'
            ? 'The page at Plaid has expired before anything was linked.'
            : 'Nothing was linked: the page at Plaid was left.'}
          {told.lost > 0 && ' A bank was linked and its token is lost: link that bank again.'}
        </p>
        <div className={css['buttons']}>{again}</div>
      </>
    )
  }
  return (
    <>
      <ul className={css['linked']}>
        {told.items.map((linked) => (
          <li key={linked.item_id}>
            <Sett of={linked.item_id} />
            <span>
              <b>
                <Bank text={linked.institution_name} />
              </b>{' '}
              {linked.duplicate_of === null
                ? item === undefined
                  ? 'is linked; its first rows are on their way.'
                  : 'is repaired; what was missed is being read.'
                : 'is linked already: choose what becomes of this second link.'}
            </span>
            <Link
              to="/banks/$item"
              params={{ item: linked.item_id }}
              className={buttonClass('main')}
            >
              {linked.duplicate_of === null ? 'Look at it' : 'Choose'}
            </Link>
          </li>
        ))}
      </ul>
      <div className={css['buttons']}>{again}</div>
    </>
  )
}

/** Where Plaid's page returns to; the tab that began goes on by itself. */
export function LinkDone() {
  return (
    <Page title="Back from Plaid" crumbs={[{ label: 'Banks', to: '/banks' }]}>
      <p>This tab is done: close it. The one that you came from goes on by itself.</p>
      <p>
        <Link to="/banks" className={buttonClass('main')}>
          To the banks
        </Link>
      </p>
    </Page>
  )
}
